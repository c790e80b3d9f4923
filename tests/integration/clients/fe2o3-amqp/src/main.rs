//! One login by fe2o3-amqp: HOST PORT REALM MECHANISM USER PASSWORD. Prints one line of JSON: what came back, as this
//! client saw it. The crate keeps the peer's open to itself, so what it reads is recorded on the way in and the open
//! is decoded from there, by the crate's own decoder.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use fe2o3_amqp::connection::{Error, OpenError};
use fe2o3_amqp::sasl_profile::SaslProfile;
use fe2o3_amqp::types::performatives::Open;
use fe2o3_amqp::types::primitives::Symbol;
use fe2o3_amqp::Connection;
use serde_amqp::Value;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

#[derive(Debug)]
struct Recorded {
    stream: TcpStream,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl AsyncRead for Recorded {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.heard.lock().unwrap().extend_from_slice(&buffer.filled()[before..]);
        polled
    }
}

impl AsyncWrite for Recorded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The peer's open: the first frame of type 0 after the headers, which are eight bytes and begin with "AMQP".
fn open_in(mut heard: &[u8]) -> Option<Open> {
    while heard.len() >= 8 {
        if heard.starts_with(b"AMQP") {
            heard = &heard[8..];
            continue;
        }
        let size = u32::from_be_bytes(heard[..4].try_into().ok()?) as usize;
        let (body, kind) = (heard[4] as usize * 4, heard[5]);
        if kind == 0 {
            return serde_amqp::from_slice(heard.get(body..size)?).ok();
        }
        heard = heard.get(size..)?;
    }
    None
}

fn said(value: &Value) -> serde_json::Value {
    match value {
        Value::String(text) => json!(text),
        Value::Symbol(symbol) => json!(symbol.as_str()),
        Value::List(list) => list.iter().map(said).collect(),
        Value::Array(array) => array.0.iter().map(said).collect(),
        Value::Map(map) => serde_json::Value::Object(
            map.iter().map(|(key, entry)| (said(key).as_str().unwrap_or("?").to_owned(), said(entry))).collect()),
        other => json!(format!("{other:?}")),
    }
}

async fn login(arguments: &[String]) -> serde_json::Value {
    let [host, port, realm, mechanism, user, password] = arguments else {
        return json!({"ok": false, "error": "usage: HOST PORT REALM MECHANISM USER PASSWORD"});
    };
    let profile = match mechanism.as_str() {
        "PLAIN" => SaslProfile::Plain { username: user.clone(), password: password.clone() },
        _ => SaslProfile::Anonymous,
    };
    let stream = match TcpStream::connect(format!("{host}:{port}")).await {
        Ok(stream) => stream,
        Err(error) => return json!({"ok": false, "error": error.to_string()}),
    };
    let heard = Arc::new(Mutex::new(Vec::new()));
    let opened = Connection::builder()
        .container_id("fe2o3")
        .hostname(realm.as_str())
        .sasl_hostname(realm.as_str())
        .scheme("amqp")
        .sasl_profile(profile)
        .add_desired_capabilities("ADDRESS-AUTHZ")
        .open_with_stream(Recorded { stream, heard: heard.clone() })
        .await;
    let ended = match opened {
        Ok(mut connection) => connection.on_close().await.map_err(|error| (matches!(error, Error::RemoteClosed), error.to_string())),
        Err(error) => Err((matches!(error, OpenError::RemoteClosed), error.to_string())),
    };
    if let Err((false, error)) = ended {
        return json!({"ok": false, "error": error});
    }
    let Some(open) = open_in(&heard.lock().unwrap()) else {
        return json!({"ok": false, "error": "no open came"});
    };
    let property = |name: &str| open.properties.as_ref()
        .and_then(|all| all.get(&Symbol::from(name))).map(said);
    json!({
        "ok": true,
        "mechanism": mechanism,
        "identity": property("authenticated-identity"),
        "groups": property("groups"),
        "addressAuthz": property("address-authz"),
        "offered": open.offered_capabilities.map(|all| all.0.iter().map(|one| one.as_str().to_owned()).collect::<Vec<_>>()),
        "closed": true,
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let answer = tokio::time::timeout(Duration::from_secs(20), login(&arguments)).await;
    println!("{}", answer.unwrap_or_else(|_| json!({"ok": false, "error": "no end within 20 s"})));
}
