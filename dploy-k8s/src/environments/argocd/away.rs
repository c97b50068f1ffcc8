//! What is left on another cluster: Argo CD makes namespaces there and never removes them.

use dploy_core::environments::settings::ArgoCdSettings;
use kube::ResourceExt;

use crate::foreign::argocd::{Application, ApplicationDestination};

/// Says in the log where the namespace of an Application that goes stays.
pub(in crate::environments) fn tell_what_stays(application: &Application) {
    if let Some((server, namespace)) = elsewhere(&application.spec.destination) {
        tracing::warn!(
            application.name = application.name_any(),
            argocd.server = server,
            namespace.name = namespace,
            "the namespace of a former environment stays: it is on another cluster"
        );
    }
}

/// The server and the namespace where they are another cluster's.
fn elsewhere(destination: &ApplicationDestination) -> Option<(&str, &str)> {
    let server = destination.server.as_deref().filter(|server| ArgoCdSettings::is_elsewhere(server))?;
    Some((server, destination.namespace.as_deref().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_on_another_cluster_stays() {
        let at = |server: Option<&str>| ApplicationDestination {
            server: server.map(str::to_owned),
            namespace: Some("jane-blog".to_owned()),
        };
        assert_eq!(elsewhere(&at(Some(ArgoCdSettings::IN_CLUSTER))), None);
        assert_eq!(elsewhere(&at(None)), None);
        assert_eq!(elsewhere(&at(Some("https://10.0.0.1"))), Some(("https://10.0.0.1", "jane-blog")));
    }
}
