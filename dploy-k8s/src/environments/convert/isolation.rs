use std::{collections::BTreeMap, net::IpAddr};

use dploy_core::environments::isolation::{Amounts, IsolationLevel, IsolationSpec, Peer, Port, PortName, TrafficRule};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::{
    api::{self, Amount, IpBlock, NetworkPeer, NetworkPort, Protocol},
    cluster::quantity_at_most,
};

/// The profile that a template or a configuration asks for.
///
/// # Errors
/// The first field that cannot be used, and what it accepts.
pub fn isolation(asked: Option<&api::Isolation>) -> Result<IsolationSpec, String> {
    let Some(asked) = asked else { return Ok(IsolationSpec::default()) };
    let limits = asked.limit_range.clone().unwrap_or_default();
    let network = asked.network_policy.clone().unwrap_or_default();
    let ingress = network.ingress.map(|rules| rules.into_iter().map(|rule| traffic(rule.from, rule.ports)).collect());
    let egress = network.egress.map(|rules| rules.into_iter().map(|rule| traffic(rule.to, rule.ports)).collect());
    let spec = IsolationSpec {
        level: asked.level.map(level),
        resource_quota: asked.resource_quota.as_ref().map(amounts),
        default_limits: limits.default.as_ref().map(amounts),
        default_requests: limits.default_request.as_ref().map(amounts),
        ingress: ingress.transpose()?,
        egress: egress.transpose()?,
    };
    requests_within_limits(&spec)?;
    Ok(spec)
}

fn level(level: api::IsolationLevel) -> IsolationLevel {
    match level {
        api::IsolationLevel::None => IsolationLevel::None,
        api::IsolationLevel::Privileged => IsolationLevel::Privileged,
        api::IsolationLevel::Baseline => IsolationLevel::Baseline,
        api::IsolationLevel::Restricted => IsolationLevel::Restricted,
    }
}

/// The word of a level, as a configuration would say it.
pub(super) fn level_word(level: IsolationLevel) -> api::IsolationLevel {
    match level {
        IsolationLevel::None => api::IsolationLevel::None,
        IsolationLevel::Privileged => api::IsolationLevel::Privileged,
        IsolationLevel::Baseline => api::IsolationLevel::Baseline,
        IsolationLevel::Restricted => api::IsolationLevel::Restricted,
    }
}

fn amounts(stored: &BTreeMap<String, Amount>) -> Amounts {
    stored.iter().map(|(resource, Amount(text))| (resource.clone(), text.clone())).collect()
}

/// The API server refuses a LimitRange that requests more than it limits.
fn requests_within_limits(spec: &IsolationSpec) -> Result<(), String> {
    let built_in = IsolationSpec::built_in();
    let both = spec.or(&built_in);
    let (limits, requests) = (both.default_limits.unwrap_or_default(), both.default_requests.unwrap_or_default());
    let greater = requests
        .iter()
        .find(|(resource, request)| limits.get(*resource).is_some_and(|limit| !quantity_at_most(request, limit)));
    match greater {
        Some((resource, request)) => Err(format!(
            "isolation.limitRange.defaultRequest[{resource}] is {request} and must be a quantity of at most its limit, {}",
            limits.get(resource).map_or("", String::as_str)
        )),
        None => Ok(()),
    }
}

fn traffic(peers: Vec<NetworkPeer>, ports: Vec<NetworkPort>) -> Result<TrafficRule, String> {
    Ok(TrafficRule {
        peers: peers.into_iter().map(peer).collect::<Result<_, _>>()?,
        ports: ports.into_iter().map(port).collect::<Result<_, _>>()?,
    })
}

fn peer(asked: NetworkPeer) -> Result<Peer, String> {
    match (asked.ip_block, asked.namespace_selector, asked.pod_selector) {
        (Some(IpBlock { cidr, except }), None, None) => {
            let ranges = std::iter::once(&cidr).chain(&except);
            match ranges.into_iter().find(|range| !is_cidr(range)) {
                Some(bad) => Err(format!(
                    "ipBlock of isolation.networkPolicy must be a range such as 10.0.0.0/8 or 2001:db8::/32, not \"{bad}\""
                )),
                None => Ok(Peer::Addresses { cidr, except }),
            }
        }
        (None, namespace, pod) if namespace.is_some() || pod.is_some() => Ok(Peer::Pods {
            namespace: namespace.map(|selected| selected.match_labels),
            pod: pod.map(|selected| selected.match_labels),
        }),
        _ => Err("a peer of isolation.networkPolicy needs either ipBlock or selectors".to_owned()),
    }
}

/// Whether the text is an address, a slash and a prefix that fits it.
fn is_cidr(text: &str) -> bool {
    let Some((address, prefix)) = text.split_once('/') else { return false };
    let most = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    prefix.parse::<u8>().is_ok_and(|prefix| prefix <= most)
}

fn port(asked: NetworkPort) -> Result<Port, String> {
    let number = |number: i32| {
        u16::try_from(number)
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| format!("a port of isolation.networkPolicy must be from 1 to 65535, not {number}"))
    };
    let port = match asked.port {
        None => None,
        Some(IntOrString::Int(given)) => Some(PortName::Number(number(given)?)),
        Some(IntOrString::String(name)) => Some(PortName::Name(name)),
    };
    let protocol = match asked.protocol {
        Some(Protocol::Tcp) | None => "TCP",
        Some(Protocol::Udp) => "UDP",
        Some(Protocol::Sctp) => "SCTP",
    };
    Ok(Port { protocol, port, end_port: asked.end_port.map(number).transpose()? })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::isolation;

    #[rstest]
    #[case::prefix("networkPolicy: { egress: [{ to: [{ ipBlock: { cidr: 10.0.0.0/33 } }] }] }", "10.0.0.0/33")]
    #[case::address("networkPolicy: { ingress: [{ from: [{ ipBlock: { cidr: 10.0.0/8 } }] }] }", "10.0.0/8")]
    #[case::except("networkPolicy: { egress: [{ to: [{ ipBlock: { cidr: 10.0.0.0/8, except: [x/1] } }] }] }", "x/1")]
    #[case::peer("networkPolicy: { egress: [{ to: [{}] }] }", "either ipBlock or selectors")]
    #[case::port("networkPolicy: { egress: [{ ports: [{ port: 0 }] }] }", "from 1 to 65535")]
    #[case::request(
        "limitRange: { default: { cpu: 1 }, defaultRequest: { cpu: 1500m } }",
        "defaultRequest[cpu] is 1500m"
    )]
    #[case::request_above_the_built_in_limit(
        "limitRange: { defaultRequest: { memory: 2Gi } }",
        "at most its limit, 1Gi"
    )]
    fn what_the_schema_cannot_refuse_is_refused_where_it_is_read(#[case] yaml: &str, #[case] words: &str) {
        let refused = isolation(Some(&yaml_serde::from_str(yaml).unwrap())).unwrap_err();
        assert!(refused.contains(words), "{refused}");
    }

    #[test]
    fn numbers_and_texts_are_amounts() {
        let spec = isolation(Some(&yaml_serde::from_str("resourceQuota: { pods: 5, limits.cpu: 500m }").unwrap()));
        let quota = spec.unwrap().resource_quota.unwrap();
        assert_eq!((quota["pods"].as_str(), quota["limits.cpu"].as_str()), ("5", "500m"));
    }
}
