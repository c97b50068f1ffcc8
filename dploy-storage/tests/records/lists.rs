use std::collections::BTreeSet;

use dploy_core::releases::{
    page::Page,
    ports::{ApplicationRecords as _, DraftRecords as _, VersionRecords as _},
    version::{Version, VersionStatus},
};

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
