use std::{collections::BTreeSet, time::Duration};

use dploy_core::releases::{
    audit::AuditFilter,
    deployment::DeploymentState,
    page::Page,
    ports::{
        ApplicationFilter, ApplicationRecords as _, AuditRecords as _, DeploymentFilter, DeploymentRecords as _,
        Finish, Lease, LeaseRecords as _, QueueRecords as _, RecordError, TargetRecords as _, VersionRecords as _,
    },
};
use dploy_storage::sql::SqlRecords;
use futures::future::join_all;

use crate::{
    database::on_both,
    made::{application, at, deployment, enqueue, event, publication, published_world, target, world},
};

/// As many tasks as asked for, half of them on each replica, all at once.
async fn race<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    replicas: &[SqlRecords; 2],
    racers: usize,
    run: impl Fn(SqlRecords, usize) -> F,
) -> Vec<T> {
    let tasks = (0..racers).map(|number| tokio::spawn(run(replicas[number % 2].clone(), number)));
    join_all(tasks).await.into_iter().map(Result::unwrap).collect()
}

fn outcomes<T>(results: &[Result<T, RecordError>]) -> (usize, usize) {
    let conflicts = results.iter().filter(|result| matches!(result, Err(RecordError::Conflict))).count();
    (results.iter().filter(|result| result.is_ok()).count(), conflicts)
}

on_both! {
    s10_of_20_parallel_registrations_of_one_name_one_succeeds(database) {
        let replicas = database.replicas().await;
        let results = race(&replicas, 20, |records, _| async move {
            records.create_application(&application("web"), &event()).await
        });
        assert_eq!(outcomes(&results.await), (1, 19));
        let listed = replicas[0].list_applications(&ApplicationFilter::default(), Page::default()).await.unwrap();
        assert_eq!((listed.items.len(), listed.total), (1, 1));
    }

    s30_of_10_parallel_publishes_one_wins_with_one_set_of_deployments(database) {
        let replicas = database.replicas().await;
        let (_, draft, staging) = world(&replicas[0]).await;
        let production = target("production");
        replicas[0].create_target(&production, &event()).await.unwrap();
        let results = race(&replicas, 10, |records, _| {
            let deployments = vec![deployment(&draft, &staging), deployment(&draft, &production)];
            let record = publication(&draft, deployments);
            async move { records.publish(&record, &event()).await }
        });
        let results = results.await;
        assert_eq!(outcomes(&results), (1, 9));
        let queued = replicas[1].list_deployments(&DeploymentFilter::default(), Page::default()).await.unwrap();
        let won: BTreeSet<_> = results.into_iter().flatten().flatten().map(|deployment| deployment.id).collect();
        let stored: BTreeSet<_> = queued.items.into_iter().map(|deployment| deployment.id).collect();
        assert_eq!((stored.len(), stored), (2, won));
    }

    sequences_have_neither_gaps_nor_doubles(database) {
        let replicas = database.replicas().await;
        let (_, version, target) = published_world(&replicas[0]).await;
        let stored = race(&replicas, 40, |records, _| {
            let enqueue = enqueue(&version, &target);
            async move { records.enqueue(&enqueue, &event()).await.unwrap().sequence }
        });
        let sequences: BTreeSet<u64> = stored.await.into_iter().collect();
        assert_eq!(sequences, (1..=40).collect());
        let events = replicas[0].list_events(&AuditFilter::default(), Page::default()).await.unwrap();
        assert_eq!(events.total, 4 + 40);
    }

    w21_the_largest_sequence_is_current_however_successes_arrive(database) {
        let replicas = database.replicas().await;
        let (app, version, target) = published_world(&replicas[0]).await;
        let mut made = Vec::new();
        for _ in 0..10 {
            made.push(replicas[0].enqueue(&enqueue(&version, &target), &event()).await.unwrap());
        }
        let lease = Lease { name: "repository".to_owned(), holder: "worker".to_owned() };
        assert!(replicas[0].acquire(&lease, Duration::from_secs(600)).await.unwrap());
        let last = made.last().unwrap().sequence;
        let finished = race(&replicas, 10, |records, number| {
            let (state, lease) = (DeploymentState::Succeeded, lease.clone());
            let id = made[(number * 7) % 10].id.clone();
            let done = Finish { id, state, reason: None, commit: None, not_before: None, at: at(9) };
            async move { records.finish(&[done], &lease).await }
        });
        assert_eq!(outcomes(&finished.await), (10, 0));
        let standing = replicas[1].app_targets(std::slice::from_ref(&app.id)).await.unwrap().remove(0).1;
        assert_eq!(standing.current.unwrap().sequence, last);
    }

    a_lease_is_held_by_one_replica_at_a_time(database) {
        let replicas = database.replicas().await;
        let taken = race(&replicas, 20, |records, number| async move {
            let lease = Lease { name: "repository".to_owned(), holder: format!("worker-{number}") };
            records.acquire(&lease, Duration::from_secs(600)).await.unwrap()
        });
        assert_eq!(taken.await.into_iter().filter(|taken| *taken).count(), 1);
    }

    a_target_is_removed_or_used_but_never_both(database) {
        let replicas = database.replicas().await;
        let (_, version, target) = published_world(&replicas[0]).await;
        for _ in 0..5 {
            let results = race(&replicas, 2, |records, number| {
                let (enqueue, name) = (enqueue(&version, &target), target.name.clone());
                async move {
                    match number {
                        0 => records.enqueue(&enqueue, &event()).await.map(drop),
                        _ => records.remove_target(&name, &event()).await,
                    }
                }
            });
            assert_eq!(outcomes(&results.await), (1, 1));
            let there = replicas[0].list_targets().await.unwrap().len();
            let open = replicas[0].unfinished(std::slice::from_ref(&target.name), 10).await.unwrap().len();
            assert_eq!(there, open.min(1), "a queued deployment has its target");
            if there == 0 {
                replicas[0].create_target(&target, &event()).await.unwrap();
            } else {
                break;
            }
        }
    }
}
