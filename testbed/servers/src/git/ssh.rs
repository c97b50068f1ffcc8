use std::{
    fs,
    io::Write as _,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{
    io::AsyncReadExt as _,
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use super::{GitRepository, ssh_keys::Key};
use crate::{
    Error,
    loopback::free_port,
    programs::{self, text},
    skip::Shared,
    supervisor::Supervisor,
    users::{self, User},
};

/// How long a start may take.
const READY: Duration = Duration::from_secs(30);

/// How often a start is tried when ports get lost to other processes.
const ATTEMPTS: usize = 5;

/// Where Debian's sshd, started by root, locks its unprivileged part in; it is compiled in.
const PRIVILEGE_SEPARATION: &str = "/run/sshd";

static SHARED: Shared<GitSsh> = Shared::new();

/// OpenSSH's sshd on loopback, with keys of its own and one client key, for the user who runs the tests.
///
/// It reads no file of the system's sshd. It runs the real login shell of the
/// user, so repositories of this user only can be reached.
#[derive(Debug)]
pub struct GitSsh {
    supervisor: &'static Supervisor,
    sshd: PathBuf,
    name: String,
    folder: PathBuf,
    user: User,
    port: u16,
    host_key: Key,
    other_key: Key,
    client_key: Key,
    stranger_key: Key,
}

impl GitSsh {
    /// The server that all tests of this process share; `None` when OpenSSH is
    /// missing, the test has been reported as skipped, and should return.
    ///
    /// # Errors
    /// When the server does not start; with `CI=true` also when it is missing.
    pub async fn shared() -> Result<Option<&'static Self>, Error> {
        SHARED.get(Self::start).await
    }

    /// A server of the caller's own, to be killed at will.
    ///
    /// Run by root, sshd wants the folder `/run/sshd`, which is made, and reported on standard error, when it is missing.
    ///
    /// # Errors
    /// [`Error::Missing`] names what is not found; else why the server did not start.
    pub async fn start() -> Result<Self, Error> {
        programs::installed(["git"])?;
        let [sshd] = programs::installed(["sshd"])?;
        let [keygen, _ssh] = programs::installed(["ssh-keygen", "ssh"])?;
        let user = users::own()?;
        if user.id == 0 {
            privilege_separation(Path::new(PRIVILEGE_SEPARATION))?;
        }
        let supervisor = Supervisor::shared().await?;
        let (name, folder) = supervisor.folder("sshd")?;
        let key = |name: &str| Key::generate(&keygen, folder.join(name));
        let (host_key, other_key) = (key("host")?, key("other-host")?);
        let (client_key, stranger_key) = (key("client")?, key("stranger")?);
        write(&folder.join("authorized_keys"), &format!("{}\n", client_key.public))?;
        let mut server =
            Self { supervisor, sshd, name, folder, user, port: 0, host_key, other_key, client_key, stranger_key };
        for _ in 1..ATTEMPTS {
            server.port = free_port()?;
            match server.restart().await {
                Err(error) if error.is_port_taken() => {}
                outcome => return outcome.map(|()| server),
            }
        }
        server.port = free_port()?;
        server.restart().await.map(|()| server)
    }

    /// The URL of a repository: `ssh://<user>@127.0.0.1:<port>/…/gitops.git`.
    #[must_use]
    pub fn url(&self, repository: &GitRepository) -> String {
        format!("ssh://{}@127.0.0.1:{}{}", self.user.name, self.port, repository.path().display())
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The file of the private key that the server lets in, readable by its owner only.
    #[must_use]
    pub fn client_key(&self) -> &Path {
        &self.client_key.path
    }

    /// The file of a private key that the server does not know.
    #[must_use]
    pub fn stranger_key(&self) -> &Path {
        &self.stranger_key.path
    }

    /// The line of `known_hosts` that the server fits: `[127.0.0.1]:<port> ssh-ed25519 …`.
    #[must_use]
    pub fn known_hosts(&self) -> String {
        self.known_hosts_of(&self.host_key)
    }

    /// A line of `known_hosts` that the server does not fit.
    #[must_use]
    pub fn wrong_known_hosts(&self) -> String {
        self.known_hosts_of(&self.other_key)
    }

    /// The fingerprint of the server's host key: `SHA256:…`.
    #[must_use]
    pub fn host_fingerprint(&self) -> &str {
        &self.host_key.fingerprint
    }

    /// The fingerprint of another host key.
    #[must_use]
    pub fn wrong_host_fingerprint(&self) -> &str {
        &self.other_key.fingerprint
    }

    /// Kills the server; sessions that are open may go on.
    ///
    /// # Errors
    /// When the supervisor does not answer.
    pub async fn kill(&self) -> Result<(), Error> {
        self.supervisor.kill(&self.name).await
    }

    /// Starts the server on its port again, after killing it if it still runs, and waits until it greets.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn restart(&self) -> Result<(), Error> {
        self.restart_with(&self.host_key).await
    }

    /// Like [`restart`](Self::restart), but with the host key of the wrong line and the wrong fingerprint, as an
    /// impostor has one.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn restart_as_impostor(&self) -> Result<(), Error> {
        self.restart_with(&self.other_key).await
    }

    /// What the server has logged since its last start; a login is a line with `Accepted publickey`.
    #[must_use]
    pub fn log(&self) -> String {
        self.supervisor.log(&self.name)
    }

    async fn restart_with(&self, key: &Key) -> Result<(), Error> {
        self.kill().await?;
        let config = self.folder.join("sshd_config");
        write(&config, &self.config(key))?;
        let argv = [text(&self.sshd), "-D".to_owned(), "-e".to_owned(), "-f".to_owned(), text(&config)];
        self.supervisor.run(&self.name, &argv, &[]).await?;
        let start = Instant::now();
        loop {
            self.supervisor.check(&self.name)?;
            if greets(self.port).await {
                return self.supervisor.check(&self.name);
            }
            if start.elapsed() > READY {
                return Err(Error::Timeout { what: "the start of sshd".to_owned(), after: READY });
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn config(&self, key: &Key) -> String {
        let keys = self.folder.join("authorized_keys");
        let fixed = [
            "ListenAddress 127.0.0.1",
            "PidFile none",
            "StrictModes no",
            "UsePAM no",
            "UseDNS no",
            "PermitRootLogin prohibit-password",
            "AuthenticationMethods publickey",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "DisableForwarding yes",
            "PermitTTY no",
            "PrintMotd no",
            "MaxStartups 500",
            "LogLevel INFO",
            "SetEnv GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1",
        ];
        let own = [
            format!("Port {}", self.port),
            format!("HostKey {}", key.path.display()),
            format!("AuthorizedKeysFile {}", keys.display()),
        ];
        let lines: Vec<&str> = fixed.into_iter().chain(own.iter().map(String::as_str)).collect();
        lines.join("\n") + "\n"
    }

    fn known_hosts_of(&self, key: &Key) -> String {
        format!("[127.0.0.1]:{} {}", self.port, key.public)
    }
}

impl Drop for GitSsh {
    fn drop(&mut self) {
        // The supervisor ends it anyway, a little later.
        drop(self.supervisor.ask_to_kill(&self.name));
    }
}

/// Whether a server of SSH says its version.
async fn greets(port: u16) -> bool {
    let greeting = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
        let mut start = [0; 4];
        stream.read_exact(&mut start).await.ok()?;
        Some(start == *b"SSH-")
    };
    timeout(Duration::from_secs(5), greeting).await.ok().flatten().unwrap_or(false)
}

/// Makes the folder that sshd insists on, and says so.
fn privilege_separation(folder: &Path) -> Result<(), Error> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Err(error) = fs::create_dir(folder)
        && !folder.is_dir()
    {
        return Err(Error::Missing {
            names: vec![folder.display().to_string()],
            remedy: format!("sshd run by root needs this folder, and it cannot be made: {error}"),
        });
    }
    let line = format!("made the folder {}, which sshd needs when root starts it\n", folder.display());
    std::io::stderr().write_all(line.as_bytes()).map_err(|source| Error::Supervisor { source })
}

fn write(path: &Path, content: &str) -> Result<(), Error> {
    fs::write(path, content).map_err(Error::file(path))
}
