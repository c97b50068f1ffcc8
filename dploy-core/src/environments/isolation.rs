//! What keeps an environment to itself: the profile of its workload namespace.
//!
//! The words are those of Kubernetes: Pod Security Standards, ResourceQuota, LimitRange and NetworkPolicy.

use std::collections::BTreeMap;

/// Amounts by resource, as Kubernetes quantities: `{"limits.cpu": "8", "pods": "50"}`.
pub type Amounts = BTreeMap<String, String>;

/// How much a workload namespace may do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum IsolationLevel {
    /// No profile at all.
    None,
    /// Pods may do anything; amounts and traffic are limited.
    Privileged,
    /// Pods that can take over a node are refused; amounts and traffic are limited.
    Baseline,
    /// Pods follow the current hardening practice; amounts and traffic are limited.
    Restricted,
}

impl IsolationLevel {
    /// Every level with the word that the API uses, from the most permissive.
    pub const ALL: [(&'static str, Self); 4] = [
        ("none", Self::None),
        ("privileged", Self::Privileged),
        ("baseline", Self::Baseline),
        ("restricted", Self::Restricted),
    ];

    /// Reads the word that the API uses.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == word).map(|(_, level)| level)
    }

    /// The word that the API uses; for all but `none` it is the Pod Security level of that name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, level)| *level == self).map_or("none", |(word, _)| word)
    }
}

/// The profile that somebody asks for; parts left out come from whoever is asked next.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct IsolationSpec {
    /// How much the namespace may do.
    pub level: Option<IsolationLevel>,
    /// What all pods and objects together may use; nothing is limited where it is empty.
    pub resource_quota: Option<Amounts>,
    /// What a container that names no limits gets.
    pub default_limits: Option<Amounts>,
    /// What a container that names no requests gets.
    pub default_requests: Option<Amounts>,
    /// Which traffic may come in from outside of the namespace.
    pub ingress: Option<Vec<TrafficRule>>,
    /// Which traffic may leave the namespace, besides name resolution.
    pub egress: Option<Vec<TrafficRule>>,
}

/// A profile with every part decided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Isolation {
    /// How much the namespace may do; never [`IsolationLevel::None`].
    pub level: IsolationLevel,
    /// What all pods and objects together may use; nothing is limited where it is empty.
    pub resource_quota: Amounts,
    /// What a container that names no limits gets.
    pub default_limits: Amounts,
    /// What a container that names no requests gets.
    pub default_requests: Amounts,
    /// Which traffic may come in from outside of the namespace.
    pub ingress: Vec<TrafficRule>,
    /// Which traffic may leave the namespace, besides name resolution.
    pub egress: Vec<TrafficRule>,
}

/// An exception from the denial of all traffic: these peers on these ports.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TrafficRule {
    /// The peers; anybody where empty.
    pub peers: Vec<Peer>,
    /// The ports; any where empty.
    pub ports: Vec<Port>,
}

/// A peer of a traffic rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Peer {
    /// Pods by labels of theirs and of their namespace.
    Pods {
        /// Labels that the namespace must have; `None` is the environment's own namespace.
        namespace: Option<BTreeMap<String, String>>,
        /// Labels that the pod must have; `None` is every pod.
        pod: Option<BTreeMap<String, String>>,
    },
    /// A range of addresses.
    Addresses {
        /// The range, such as `10.0.0.0/8`.
        cidr: String,
        /// Ranges within it that are not meant.
        except: Vec<String>,
    },
}

/// Ports of a traffic rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Port {
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: &'static str,
    /// The number or the name of the port; any where `None`.
    pub port: Option<PortName>,
    /// The last port of a range that begins at `port`.
    pub end_port: Option<u16>,
}

/// A port by its number or by the name that a pod gives it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PortName {
    /// Its number.
    Number(u16),
    /// Its name.
    Name(String),
}

/// The label of namespaces whose pods may reach every environment that names no other exception: the ingress controllers'.
pub const INGRESS_LABEL: &str = "dploy.dev/ingress";

impl IsolationSpec {
    /// The profile that names a level and nothing else.
    #[must_use]
    pub fn of(level: IsolationLevel) -> Self {
        Self { level: Some(level), ..Self::default() }
    }

    /// What is built in: level `baseline`, room for a mid-sized application, traffic from ingress controllers.
    #[must_use]
    pub fn built_in() -> Self {
        let amounts =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(name, amount)| ((*name).into(), (*amount).into())).collect();
        let label = BTreeMap::from([(INGRESS_LABEL.to_owned(), "true".to_owned())]);
        Self {
            level: Some(IsolationLevel::Baseline),
            resource_quota: Some(amounts(&[
                ("limits.cpu", "16"),
                ("limits.memory", "32Gi"),
                ("persistentvolumeclaims", "20"),
                ("pods", "50"),
                ("requests.cpu", "8"),
                ("requests.memory", "16Gi"),
                ("requests.storage", "100Gi"),
            ])),
            default_limits: Some(amounts(&[("cpu", "1"), ("memory", "1Gi")])),
            default_requests: Some(amounts(&[("cpu", "50m"), ("memory", "64Mi")])),
            ingress: Some(vec![TrafficRule {
                peers: vec![Peer::Pods { namespace: Some(label), pod: None }],
                ports: Vec::new(),
            }]),
            egress: Some(Vec::new()),
        }
    }

    /// This profile with what it leaves out taken from `other`.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let (mine, other) = (self.clone(), other.clone());
        Self {
            level: mine.level.or(other.level),
            resource_quota: mine.resource_quota.or(other.resource_quota),
            default_limits: mine.default_limits.or(other.default_limits),
            default_requests: mine.default_requests.or(other.default_requests),
            ingress: mine.ingress.or(other.ingress),
            egress: mine.egress.or(other.egress),
        }
    }

    /// The profile with every part decided, the built-in ones where nobody has said anything; `None` where there is to
    /// be none.
    ///
    /// A level that nobody has named is none: so it was for what was made before profiles existed. Whoever reads a
    /// current configuration names one.
    #[must_use]
    pub fn decided(&self) -> Option<Isolation> {
        let level = self.level.filter(|level| *level != IsolationLevel::None)?;
        let decided = self.or(&Self::built_in());
        let mut default_requests = decided.default_requests.unwrap_or_default();
        let default_limits = decided.default_limits.unwrap_or_default();
        // The API server says the same of a LimitRange; said here, it is known beforehand.
        for (resource, limit) in &default_limits {
            default_requests.entry(resource.clone()).or_insert_with(|| limit.clone());
        }
        Some(Isolation {
            level,
            resource_quota: decided.resource_quota.unwrap_or_default(),
            default_limits,
            default_requests,
            ingress: decided.ingress.unwrap_or_default(),
            egress: decided.egress.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s62_baseline_is_built_in_and_none_is_none() {
        assert_eq!(IsolationSpec::built_in().decided().unwrap().level, IsolationLevel::Baseline);
        assert_eq!(IsolationSpec::of(IsolationLevel::None).or(&IsolationSpec::built_in()).decided(), None);
        assert_eq!(IsolationSpec::default().decided(), None, "what was made before profiles existed has none");
    }

    #[test]
    fn each_part_is_taken_from_the_first_that_names_it() {
        let template = IsolationSpec {
            egress: Some(vec![TrafficRule::default()]),
            ..IsolationSpec::of(IsolationLevel::Restricted)
        };
        let config =
            IsolationSpec { resource_quota: Some(Amounts::new()), ..IsolationSpec::of(IsolationLevel::Privileged) };
        let decided = template.or(&config).decided().unwrap();
        assert_eq!(decided.level, IsolationLevel::Restricted);
        assert_eq!(decided.egress, [TrafficRule::default()]);
        assert!(decided.resource_quota.is_empty(), "an empty quota is a decision");
        assert_eq!(decided.default_limits, IsolationSpec::built_in().default_limits.unwrap());
    }

    #[test]
    fn a_limit_without_a_request_is_requested_as_the_server_does() {
        let limits = Amounts::from([("ephemeral-storage".to_owned(), "1Gi".to_owned())]);
        let spec = IsolationSpec { default_limits: Some(limits), ..IsolationSpec::of(IsolationLevel::Baseline) };
        assert_eq!(spec.decided().unwrap().default_requests.get("ephemeral-storage").unwrap(), "1Gi");
    }

    #[test]
    fn every_word_reads_back() {
        for (word, level) in IsolationLevel::ALL {
            assert_eq!((IsolationLevel::parse(word), level.as_str()), (Some(level), word));
        }
        assert_eq!(IsolationLevel::parse("strict"), None);
    }
}
