use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use dploy_core::{
    releases::{
        application::Application,
        page::Page,
        ports::{ApplicationRecords as _, DraftRecords as _, VersionRecords as _},
        version::{Version, VersionStatus},
    },
    time::Timestamp,
};
use dploy_storage::sql::SqlRecords;

use crate::{
    database::on_both,
    made::{application, draft, event, publication},
};

on_both! {
    s59_versions_are_newest_first_and_stable_under_equal_times(database) {
        let records = database.open().await;
        let app = application("web");
        records.create_application(&app, &event()).await.unwrap();
        let mut made = Vec::new();
        for number in 0..25 {
            let version = draft(&app, &format!("1.{number}"));
            let version = Version { created_at: crate::made::at(number / 10), ..version };
            records.create_draft(&version, &event()).await.unwrap();
            made.push(version);
        }
        made.sort_by_key(|version| std::cmp::Reverse((version.created_at, version.id.clone())));
        for limit in [1, 3, 25, 100] {
            let mut seen = Vec::new();
            while seen.len() < made.len() {
                let page = Page { limit, offset: seen.len() as u64 };
                let listed = records.list_versions(&app.id, None, page).await.unwrap();
                assert_eq!(listed.total, 25);
                seen.extend(listed.items);
            }
            assert_eq!(seen, made, "in pages of {limit}");
        }
    }

    totals_are_those_of_the_rows_after_every_change(database) {
        let records = database.open().await;
        let app = application("web");
        records.create_application(&app, &event()).await.unwrap();
        let mut drafts: BTreeSet<String> = BTreeSet::new();
        for number in 0..30 {
            let version = draft(&app, &format!("1.{number}"));
            records.create_draft(&version, &event()).await.unwrap();
            match number % 3 {
                0 => records.publish(&publication(&version, Vec::new()), &event()).await.map(drop).unwrap(),
                1 => records.remove_draft(&version, &event()).await.unwrap(),
                _ => drop(drafts.insert(version.id)),
            }
            let page = Page { limit: 100, offset: 0 };
            for status in [None, Some(VersionStatus::Draft), Some(VersionStatus::Published)] {
                let listed = records.list_versions(&app.id, status, page).await.unwrap();
                assert_eq!(listed.total, listed.items.len() as u64, "{status:?} after {number}");
            }
        }
        assert_eq!(drafts.len(), 10);
    }
}

/// Stores that many drafts past the records, which would take as many commits.
async fn fill(database: &crate::database::Database, app: &Application, drafts: u32) {
    let insert = format!(
        "WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {drafts}) \
         INSERT INTO versions (id, app_id, version, git_sha, git_branch, made_at, drafted_at, created_at) \
         SELECT '{0}-' || (100000000 + (i * 7919) % 100000000), '{0}', '1.' || i, '42540c4', 'main', i, i, i / 3 \
         FROM numbers; UPDATE applications SET drafts = {drafts} WHERE id = '{0}';",
        app.id
    );
    crate::database::run(database, insert).await;
}

/// Pages anywhere in the list are the same parts of the whole.
async fn assert_pages(records: &SqlRecords, app: &Application, which: &str) {
    for status in [None, Some(VersionStatus::Draft), Some(VersionStatus::Published)] {
        let mut whole: Vec<Version> = Vec::new();
        loop {
            // A short page behind the last one that was read: it is found from the end.
            let page = Page { limit: 1_000, offset: whole.len() as u64 };
            let listed = records.list_versions(&app.id, status, page).await.unwrap();
            let ended = listed.items.is_empty();
            whole.extend(listed.items);
            if ended {
                assert_eq!(listed.total, whole.len() as u64, "{which}");
                break;
            }
        }
        assert!(whole.is_sorted_by_key(|one| std::cmp::Reverse((one.created_at, one.id.clone()))), "{which}");
        let last = whole.len().saturating_sub(3);
        for offset in [0, 1, 990, 1_001, 1_999, 2_000, 2_500, 3_003, 4_990, last, whole.len(), whole.len() + 7] {
            let page = Page { limit: 20, offset: offset as u64 };
            let listed = records.list_versions(&app.id, status, page).await.unwrap().items;
            let expected: Vec<_> = whole.iter().skip(offset).take(20).cloned().collect();
            assert!(listed == expected, "{which}: {status:?} from {offset}");
        }
    }
}

on_both! {
    a_page_of_a_long_list_costs_what_a_page_of_a_short_one_does(database) {
        let records = database.open().await;
        let (short, long) = (application("short"), application("long"));
        for (app, drafts) in [(&short, 200), (&long, 20_000)] {
            records.create_application(app, &event()).await.unwrap();
            fill(database, app, drafts).await;
        }
        let mut best = [Duration::MAX; 2];
        for _ in 0..30 {
            for (best, (app, total)) in best.iter_mut().zip([(&short, 200), (&long, 20_000)]) {
                let begun = Instant::now();
                let listed = records.list_versions(&app.id, None, Page { limit: 50, offset: 100 }).await.unwrap();
                *best = (*best).min(begun.elapsed());
                assert_eq!((listed.items.len(), listed.total), (50, total));
            }
        }
        assert!(best[1] < 3 * best[0], "{best:?}");
    }

    pages_of_a_long_list_are_those_of_its_order_whatever_is_added_published_and_removed(database) {
        let first = database.open().await;
        let app = application("web");
        first.create_application(&app, &event()).await.unwrap();
        fill(database, &app, 5_000).await;
        assert_pages(&first, &app, "what is not counted in blocks").await;
        first.close().await;
        let records = database.open().await;
        assert_pages(&records, &app, "what a start counts").await;
        // At both ends, and in the middle, in any order.
        for (number, at) in [9_000_000, 0, 800, 9_000_001, 1_234, 9_000_002, -5, 800].into_iter().enumerate() {
            let version = draft(&app, &format!("2.{number}"));
            let version = Version { created_at: Timestamp::from_unix_micros(at), ..version };
            records.create_draft(&version, &event()).await.unwrap();
            match number % 3 {
                0 => records.publish(&publication(&version, Vec::new()), &event()).await.map(drop).unwrap(),
                1 => records.remove_draft(&version, &event()).await.unwrap(),
                _ => {}
            }
        }
        assert_pages(&records, &app, "what was changed").await;
        let blocks = "UPDATE version_blocks SET drafts = drafts - 1 WHERE created_at = (SELECT max(created_at) FROM \
                      version_blocks)";
        crate::database::run(database, blocks.to_owned()).await;
        assert_pages(&records, &app, "what an older program wrote").await;
        records.close().await;
        assert_pages(&database.open().await, &app, "what is counted anew").await;
    }

    a_block_is_begun_by_whoever_finds_the_last_one_full(database) {
        let records = database.open().await;
        let app = application("web");
        records.create_application(&app, &event()).await.unwrap();
        fill(database, &app, 999).await;
        records.close().await;
        let records = database.open().await;
        for number in 0..4 {
            let version = draft(&app, &format!("2.{number}"));
            let version = Version { created_at: Timestamp::from_unix_micros(9_000_000 + number), ..version };
            records.create_draft(&version, &event()).await.unwrap();
        }
        let sizes = crate::database::numbers(database, "SELECT drafts FROM version_blocks ORDER BY created_at").await;
        assert_eq!(sizes, [1_000, 3]);
        assert_pages(&records, &app, "two blocks").await;
    }
}
