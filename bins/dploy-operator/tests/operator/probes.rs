//! What the program says of itself.

use serde_json::json;

use crate::{
    chart,
    harness::eventually,
    process::{Process, get},
    run, stub,
};

#[test]
fn s63_metrics_count_reconciles_and_the_probes_answer() {
    run(|world| async move {
        let _stub = stub(&world).start();
        let operator = Process::alone(&world).ready().await;
        world.template("shell", chart(), json!({})).await;
        let name = world.claim("jane", "shell").await;
        world.served(&name).await;
        for probe in ["/livez", "/readyz", "/healthz"] {
            let answer = get(operator.health, probe).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{probe}: {answer}");
        }
        let metrics = eventually("metrics are served", || async { get(operator.metrics, "/metrics") }).await;
        assert!(metrics.contains("application/openmetrics-text"), "{metrics}");
        for kind in ["DployTemplate", "DployInstance", "DployInstanceClaim"] {
            let counted = metrics.lines().any(|line| {
                line.starts_with("dploy_") && line.contains("reconcile") && line.contains(&format!("\"{kind}\""))
            });
            assert!(counted, "{kind} in {metrics}");
        }
        assert!(metrics.trim_end().ends_with("# EOF"), "{metrics}");
    });
}
