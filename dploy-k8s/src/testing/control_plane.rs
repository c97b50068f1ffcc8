//! etcd and the API server: their files, arguments and readiness.

use std::{fs, path::Path, time::Duration};

use kube::Client;
use tokio::time::{Instant, sleep};

use super::{
    Error, ports, programs,
    supervisor::{Server, Supervisor},
    users::{self, User},
};

/// The programs a bare API server takes.
pub(super) const PROGRAMS: [&str; 3] = [programs::SUPERVISOR, "etcd", "kube-apiserver"];

/// How long the API server may take; a machine that runs other builds is slow.
const READY: Duration = Duration::from_secs(90);

/// The audit log, in the data folder.
pub(super) const AUDIT_LOG: &str = "audit.log";

/// Every request is logged when it arrives, before it is answered, so that
/// whoever has the answer finds the request; the later stages add the code.
const AUDIT_POLICY: &str = r#"{
  "apiVersion": "audit.k8s.io/v1",
  "kind": "Policy",
  "rules": [
    {"level": "None", "nonResourceURLs": ["/livez*", "/readyz*", "/healthz*"]},
    {"level": "Metadata"}
  ]
}"#;

/// Writes the users, the audit policy and the kubeconfig, and starts both servers.
///
/// Returns the API server's URL, and what it was started as.
pub(super) fn run(supervisor: &Supervisor, users: &[User]) -> Result<(String, Server), Error> {
    let [client, peer, secure] = ports::free()?;
    let folder = supervisor.folder();
    write(&folder.join("tokens.csv"), &users::token_file(users))?;
    write(&folder.join("audit-policy.json"), AUDIT_POLICY)?;
    let server = format!("https://127.0.0.1:{secure}");
    for user in users {
        let kubeconfig = users::kubeconfig(&server, &programs::text(&folder.join("ca.crt")), users, &user.name);
        write(&folder.join(kubeconfig_name(&user.name)), &kubeconfig.to_string())?;
    }
    supervisor.run(&etcd(client, peer)?)?;
    let api_server = api_server(client, secure)?;
    supervisor.run(&api_server)?;
    Ok((server, api_server))
}

/// The file, in the data folder, of the kubeconfig whose current context is `user`.
pub(super) fn kubeconfig_name(user: &str) -> String {
    format!("{user}.kubeconfig")
}

pub(super) fn write(path: &Path, content: &str) -> Result<(), Error> {
    fs::write(path, content).map_err(|source| Error::File { path: path.to_owned(), source })
}

/// Waits until the API server answers that it is ready.
pub(super) async fn ready(supervisor: &Supervisor, client: &Client) -> Result<(), Error> {
    let start = Instant::now();
    loop {
        if let Some(error) = supervisor.failure() {
            return Err(error);
        }
        let request = http::Request::get("/readyz").body(Vec::new()).map_err(kube::Error::HttpError)?;
        if client.request_text(request).await.is_ok() {
            return Ok(());
        }
        if start.elapsed() > READY {
            return Err(Error::Timeout { what: "the start of the API server".to_owned(), after: READY });
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// etcd without fsync: its data lives as long as the tests.
fn etcd(client: u16, peer: u16) -> Result<Server, Error> {
    let (client, peer) = (format!("http://127.0.0.1:{client}"), format!("http://127.0.0.1:{peer}"));
    let argv = vec![
        programs::path("etcd")?,
        "--data-dir=etcd".to_owned(),
        "--unsafe-no-fsync".to_owned(),
        "--log-level=warn".to_owned(),
        format!("--listen-client-urls={client}"),
        format!("--advertise-client-urls={client}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=default={peer}"),
    ];
    Ok(Server { name: "etcd", argv, env: Vec::new() })
}

fn api_server(etcd: u16, secure: u16) -> Result<Server, Error> {
    let mut argv = vec![
        programs::path("kube-apiserver")?,
        format!("--etcd-servers=http://127.0.0.1:{etcd}"),
        format!("--secure-port={secure}"),
        format!("--audit-log-path={AUDIT_LOG}"),
    ];
    let fixed = [
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        "--tls-cert-file=tls.crt",
        "--tls-private-key-file=tls.key",
        "--token-auth-file=tokens.csv",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-account-key-file=sa.pub",
        "--service-account-signing-key-file=sa.key",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--audit-policy-file=audit-policy.json",
        "--audit-log-mode=blocking",
        // Megabytes; the log is read from its beginning and must not be rotated.
        "--audit-log-maxsize=100000",
    ];
    argv.extend(fixed.map(str::to_owned));
    Ok(Server { name: "kube-apiserver", argv, env: Vec::new() })
}
