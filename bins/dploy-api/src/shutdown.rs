use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that SIGTERM and SIGINT cancel; called within a runtime.
#[must_use]
pub fn shutdown() -> CancellationToken {
    let token = CancellationToken::new();
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let token = token.clone();
        let Ok(mut stream) = signal(kind) else { continue };
        tokio::spawn(async move {
            stream.recv().await;
            token.cancel();
        });
    }
    token
}
