use std::net::{Ipv4Addr, TcpListener};

use super::Error;

/// Free loopback ports, all different.
///
/// Another process may take one before its server does; then the server ends
/// with "address already in use" and the cluster is started anew.
pub(super) fn free<const N: usize>() -> Result<[u16; N], Error> {
    let failed = |source| Error::Supervisor { source };
    let mut ports = [0; N];
    let mut held = Vec::with_capacity(N);
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        *port = listener.local_addr().map_err(failed)?.port();
        held.push(listener);
    }
    Ok(ports)
}
