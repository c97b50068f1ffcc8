//! The addresses and host names that a certificate is for.

use core::net::IpAddr;

use x509_cert::der::asn1::Ia5String;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::error::Failure;
use crate::exec::Env;
use crate::format::describe;
use crate::value::{List, Value};

/// Names from lists of strings; none where both are empty.
pub(super) fn read(env: &mut Env<'_>, ips: &List, hosts: &List) -> Result<Option<SubjectAltName>, Failure> {
    let mut total = 0_usize;
    for value in ips.items().iter().chain(hosts.items()) {
        let length = if let Value::String(text) = value { text.len() } else { 0 };
        total = total.saturating_add(length).saturating_add(4);
        env.budget.value(total)?;
    }
    let addresses = ips.items().iter().map(address).collect::<Result<Vec<_>, _>>()?;
    let mut names = hosts.items().iter().map(host).collect::<Result<Vec<_>, _>>()?;
    names.extend(addresses);
    Ok((!names.is_empty()).then_some(SubjectAltName(names)))
}

fn address(value: &Value) -> Result<GeneralName, Failure> {
    let Value::String(text) = value else {
        return Err(Failure::execute(format!("error parsing ip: {} is not a string", describe(value))));
    };
    let address: Option<IpAddr> = std::str::from_utf8(text.as_bytes()).ok().and_then(|text| text.parse().ok());
    match address {
        Some(address) => Ok(GeneralName::from(address.to_canonical())),
        None => Err(Failure::execute(format!("error parsing ip: {}", describe(value)))),
    }
}

fn host(value: &Value) -> Result<GeneralName, Failure> {
    let Value::String(text) = value else {
        let message = format!("error processing alternate dns name: {} is not a string", describe(value));
        return Err(Failure::execute(message));
    };
    let name = Ia5String::new(text.as_bytes()).map_err(|_| {
        let name = describe(value);
        Failure::execute(format!("error creating certificate: x509: {name:?} cannot be encoded as an IA5String"))
    })?;
    Ok(GeneralName::DnsName(name))
}
