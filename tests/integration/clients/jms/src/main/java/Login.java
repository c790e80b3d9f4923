import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import java.net.URI;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.apache.qpid.jms.provider.Provider;
import org.apache.qpid.jms.provider.amqp.AmqpProvider;
import org.apache.qpid.proton.engine.EndpointState;

/**
 * One login by Qpid JMS: HOST PORT REALM MECHANISM|default USER PASSWORD. Prints one line of JSON: what came back, as
 * this client saw it. A service that closes right after its open leaves no jakarta.jms.Connection to ask, so the
 * answer is read from the protocol engine below the factory, which outlives the refusal.
 */
final class Login extends JmsConnectionFactory {
    private AmqpProvider provider;

    private Login(String uri) {
        super(uri);
    }

    @Override
    protected Provider createProvider(URI uri) throws Exception {
        Provider created = super.createProvider(uri);
        provider = (AmqpProvider) created;
        return created;
    }

    public static void main(String[] args) {
        String choice = args[3].equals("default") ? "" : "&amqp.saslMechanisms=" + args[3];
        Login login = new Login("amqp://" + args[0] + ":" + args[1] + "?amqp.vhost=" + args[2]
                                + "&jms.connectTimeout=20000&jms.requestTimeout=20000" + choice);
        String error = null;
        try (Connection connection = args[4].isEmpty() ? login.createConnection()
                                                       : login.createConnection(args[4], args[5])) {
            connection.start();
        } catch (JMSException refused) {
            error = refused.toString();
        }
        System.out.println(json(login.answer(error)));
        System.exit(0);
    }

    private Map<String, Object> answer(String error) {
        Map<String, Object> said = new LinkedHashMap<>();
        var connection = provider == null ? null : provider.getProtonConnection();
        Map<?, ?> properties = connection == null ? null : connection.getRemoteProperties();
        if (properties == null) {
            said.put("ok", false);
            said.put("error", error);
            return said;
        }
        Map<String, Object> named = new LinkedHashMap<>();
        properties.forEach((key, value) -> named.put(key.toString(), value));
        var condition = connection.getRemoteCondition();
        boolean clean = condition == null || condition.getCondition() == null;
        said.put("ok", clean);
        said.put("error", clean ? null : condition.toString());
        said.put("identity", named.get("authenticated-identity"));
        said.put("groups", named.get("groups"));
        said.put("addressAuthz", named.get("address-authz"));
        said.put("closed", connection.getRemoteState() == EndpointState.CLOSED);
        return said;
    }

    private static String json(Object value) {
        if (value == null || value instanceof Boolean || value instanceof Number) {
            return String.valueOf(value);
        }
        StringBuilder text = new StringBuilder();
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, entry) -> text.append(text.length() > 0 ? "," : "")
                .append(json(key.toString())).append(':').append(json(entry)));
            return "{" + text + "}";
        }
        if (value instanceof Collection || value instanceof Object[]) {
            Collection<?> list = value instanceof Object[] array ? Arrays.asList(array) : (Collection<?>) value;
            list.forEach(entry -> text.append(text.length() > 0 ? "," : "").append(json(entry)));
            return "[" + text + "]";
        }
        for (char letter : value.toString().toCharArray()) {
            text.append(letter == '"' || letter == '\\' || letter < ' ' || letter > '~'
                ? String.format("\\u%04x", (int) letter) : String.valueOf(letter));
        }
        return '"' + text.toString() + '"';
    }
}
