//! A server inside this process, on a thread and a runtime of its own.
//!
//! Tests bring a runtime each; what lives longer than one test, or must go on
//! while a test blocks, cannot live in one of them.

use std::{
    future::Future,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    thread::JoinHandle,
};

use tokio::{net::TcpListener as AsyncListener, runtime::Builder, sync::oneshot};

use crate::Error;

/// A listening server; dropping it ends the server and closes its connections.
#[derive(Debug)]
pub(crate) struct Loopback {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Loopback {
    /// Binds a free loopback port and runs `serve` with it until the value is dropped.
    pub(crate) fn start<S, F>(name: &str, serve: S) -> Result<Self, Error>
    where
        S: FnOnce(AsyncListener) -> F + Send + 'static,
        F: Future<Output = ()>,
    {
        let listen = |source| Error::Listen { source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(listen)?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = AsyncListener::from_std(listener) else { return };
                tokio::select! {
                    () = serve(listener) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        });
        Ok(Self { address, stop: Some(stop), thread: Some(thread.map_err(listen)?) })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        drop(self.stop.take());
        // A server that panicked has nothing left to wait for.
        drop(self.thread.take().map(JoinHandle::join));
    }
}

/// A loopback port that is free now.
///
/// Another process may take it before its server does; then the server ends
/// with "address already in use" and is started anew.
pub(crate) fn free_port() -> Result<u16, Error> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    bound.map(|address| address.port()).map_err(|source| Error::Listen { source })
}
