//! Connections: how they are taken, how long they may be silent, and how they end.

use std::{net::SocketAddr, time::Duration};

use axum::{Extension, Router, extract::ConnectInfo};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// How long a connection may take to send the head of its next request: longer than load balancers keep idle ones.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// How often an HTTP/2 connection is asked whether it is alive.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// How long to wait where the system has no more connections to give.
const EXHAUSTED: Duration = Duration::from_millis(200);

/// Serves `router` until `shutdown`; then open requests may take up to `drain`. Whether all of them were answered.
pub(crate) async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken, drain: Duration) -> bool {
    let builder = builder();
    let open = GracefulShutdown::new();
    while let Some(accepted) = shutdown.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => take(&builder, &open, stream, peer, &router),
            // One connection's failure, or too many of them: neither ends the server.
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "connection not taken");
                tokio::time::sleep(EXHAUSTED).await;
            }
        }
    }
    drop(listener);
    tokio::time::timeout(drain, open.shutdown()).await.is_ok()
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(PING_INTERVAL);
    builder
}

fn take(
    builder: &Builder<TokioExecutor>,
    open: &GracefulShutdown,
    stream: TcpStream,
    peer: SocketAddr,
    router: &Router,
) {
    let router = router.clone().layer(Extension(ConnectInfo(peer)));
    let service = TowerToHyperService::new(router);
    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    let connection = open.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = &*error, "connection ended early");
        }
    });
}
