//! The fields of the format, place by place; the JSON Schema is compared with these tables.

pub(super) const ROOT: &[&str] = &["version", "app", "components", "config"];
pub(super) const APP: &[&str] = &["name", "namespace"];
pub(super) const COMPONENT: &[&str] = &["name", "type", "image", "command", "args", "resources", "env"];
pub(super) const DEPLOYMENT: &[&str] = &["replicas", "port", "healthcheck", "ingress"];
pub(super) const JOB: &[&str] = &["restartPolicy", "backoffLimit", "ttlSecondsAfterFinished"];
pub(super) const CRON_JOB: &[&str] =
    &["schedule", "restartPolicy", "concurrencyPolicy", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"];
pub(super) const RESOURCES: &[&str] = &["requests", "limits"];
pub(super) const AMOUNTS: &[&str] = &["cpu", "memory"];
pub(super) const ENV: &[&str] = &["name", "value", "valueFrom"];
pub(super) const VALUE_FROM: &[&str] = &["secretKeyRef", "configMapKeyRef"];
pub(super) const KEY_REF: &[&str] = &["name", "key"];
pub(super) const HEALTHCHECK: &[&str] = &["liveness", "readiness"];
pub(super) const PROBE: &[&str] =
    &["path", "port", "initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold"];
pub(super) const INGRESS: &[&str] = &["enabled", "hostname", "path", "pathType", "tls", "annotations"];
pub(super) const TLS: &[&str] = &["enabled", "secretName"];
pub(super) const CONFIG: &[&str] = &["labels", "annotations", "imagePullSecrets", "serviceAccount"];
pub(super) const PULL_SECRET: &[&str] = &["name"];
pub(super) const SERVICE_ACCOUNT: &[&str] = &["name", "create"];

/// The component types with the fields that each adds to [`COMPONENT`].
pub(super) const TYPES: &[(&str, &[&str])] = &[("deployment", DEPLOYMENT), ("job", JOB), ("cronjob", CRON_JOB)];

/// The known field that was probably meant by `name`.
pub(super) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let bare = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let name = bare(&name.chars().take(64).collect::<String>());
    let distance = |field: &str| strsim::damerau_levenshtein(&name, &bare(field));
    let near = known.iter().map(|field| (distance(field), *field)).min()?;
    (near.0 <= 1.max(name.chars().count() / 3)).then_some(near.1)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("replica", Some("replicas"))]
    #[case("Port", Some("port"))]
    #[case("health_check", Some("healthcheck"))]
    #[case("evn", Some("env"))]
    #[case("volumes", None)]
    #[case("", None)]
    fn a_slip_of_the_hand_is_recognised(#[case] written: &str, #[case] meant: Option<&str>) {
        let known: Vec<&str> = [COMPONENT, DEPLOYMENT].concat();
        assert_eq!(nearest(written, &known), meant);
    }
}
