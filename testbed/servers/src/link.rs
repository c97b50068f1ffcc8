//! A wire between a client and a server that can be cut.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

use crate::{Error, loopback::Loopback};

/// A loopback port that passes everything on to another, for faults of servers that are other processes.
///
/// Dropping it cuts every connection.
#[derive(Debug)]
pub struct Link {
    server: Loopback,
    target: u16,
    switches: Arc<Switches>,
}

#[derive(Debug, Default)]
struct Switches {
    connections: AtomicU64,
    refuse: AtomicBool,
    delay_ms: AtomicU64,
    hang: watch::Sender<bool>,
    /// Counts the cuts; a connection ends when it changes.
    cuts: watch::Sender<u64>,
}

impl Link {
    /// Starts to pass on to a port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(target: u16) -> Result<Self, Error> {
        let switches = Arc::<Switches>::default();
        let shared = Arc::clone(&switches);
        let server = Loopback::start("link", move |listener| accept(listener, target, shared))?;
        Ok(Self { server, target, switches })
    }

    /// Its own port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.address().port()
    }

    /// The URL of the server behind it, led through it.
    #[must_use]
    pub fn url(&self, url: &str) -> String {
        url.replacen(&format!("127.0.0.1:{}", self.target), &self.server.address().to_string(), 1)
    }

    /// How many connections have been made so far, refused ones too.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.switches.connections.load(Ordering::SeqCst)
    }

    /// Closes new connections at once; those that are open stay.
    pub fn refuse(&self, on: bool) {
        self.switches.refuse.store(on, Ordering::SeqCst);
    }

    /// Closes all connections that are open.
    pub fn cut(&self) {
        self.switches.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Passes nothing on, in either direction, until it is turned off; then nothing has been lost.
    pub fn hang(&self, on: bool) {
        self.switches.hang.send_replace(on);
    }

    /// Waits before each piece that is passed on, in either direction; zero turns it off.
    pub fn delay(&self, duration: Duration) {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        self.switches.delay_ms.store(millis, Ordering::SeqCst);
    }
}

async fn accept(listener: TcpListener, target: u16, switches: Arc<Switches>) {
    loop {
        let Ok((client, _)) = listener.accept().await else { continue };
        switches.connections.fetch_add(1, Ordering::SeqCst);
        if !switches.refuse.load(Ordering::SeqCst) {
            tokio::spawn(pass(client, target, Arc::clone(&switches)));
        }
    }
}

async fn pass(client: TcpStream, target: u16, switches: Arc<Switches>) {
    let mut cuts = switches.cuts.subscribe();
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await else { return };
    drop((client.set_nodelay(true), server.set_nodelay(true)));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let up = copy(from_client, to_server, &switches);
    let down = copy(from_server, to_client, &switches);
    tokio::select! {
        _ = cuts.changed() => {}
        _ = async { tokio::join!(up, down) } => {}
    }
}

/// Copies until either end closes.
async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, switches: &Switches) -> std::io::Result<()> {
    let mut hang = switches.hang.subscribe();
    let mut piece = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut piece).await?;
        // The sender lives in `switches`, so the wait ends by a value only.
        drop(hang.wait_for(|hang| !hang).await);
        let delay = switches.delay_ms.load(Ordering::SeqCst);
        if delay > 0 {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        if length == 0 {
            return to.shutdown().await;
        }
        to.write_all(piece.get(..length).unwrap_or_default()).await?;
    }
}
