module doorward/tests/integration/clients/go-amqp

go 1.18

require github.com/Azure/go-amqp v1.5.1
