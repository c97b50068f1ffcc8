use dploy_api::{Config, Server};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::*;

/// A server whose cluster takes connections and never answers, and whose identity provider does not exist.
struct Lonely {
    address: std::net::SocketAddr,
    stop: CancellationToken,
    served: JoinHandle<()>,
    _cluster: TcpListener,
}

async fn lonely() -> Lonely {
    let cluster = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", cluster.local_addr().unwrap());
    let client = kube::Client::try_from(kube::Config::new(url.parse().unwrap())).unwrap();
    let variables = BTreeMap::from([
        ("JWKS_URL", "http://127.0.0.1:1/jwks"),
        ("JWT_ISSUER", "http://127.0.0.1:1"),
        ("SERVER_HOST", "localhost"),
        ("SERVER_PORT", "0"),
    ]);
    let config = Config::read(|name| variables.get(name).map(|value| (*value).to_owned())).unwrap();
    let server = Server::bind(config, Some(client)).await.unwrap();
    let (address, stop) = (server.address(), CancellationToken::new());
    let until = stop.clone();
    let served = tokio::spawn(async move { server.serve(until).await });
    Lonely { address, stop, served, _cluster: cluster }
}

impl Lonely {
    async fn ask(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    async fn get(&self, path: &str) -> String {
        read(self.ask(path).await).await
    }
}

async fn read(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn s01_s10_it_serves_while_cluster_and_provider_are_unreachable() {
    let server = lonely().await;
    assert!(server.get("/health").await.contains("200 OK"));
    let ready = server.get("/ready").await;
    assert!(ready.contains("503 ") && ready.ends_with("{\"error\":\"Service not ready\"}"), "{ready}");
    assert!(server.get("/api/environments/available").await.contains("503 "));
    assert!(server.get("/api/ui-config").await.contains("200 OK"));
    assert!(server.get("/metrics").await.contains("dploy_api_requests_total"));
}

#[tokio::test]
async fn s63_a_stop_lets_running_requests_finish() {
    let server = lonely().await;
    let running = server.ask("/ready").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.stop.cancel();
    assert!(read(running).await.contains("503 "), "the live look at the cluster takes its time and is answered");
    server.served.await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}
