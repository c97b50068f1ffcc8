use dploy_core::releases::ports::{ApplicationRecords as _, LeaseRecords as _};
use dploy_storage::sql::{OpenError, SqlRecords};
use futures::future::join_all;

use crate::{
    database::{on_both, run},
    made::{application, event},
};

on_both! {
    w21_replicas_that_start_at_once_migrate_an_empty_database_once(database) {
        let started = join_all((0..6).map(|_| SqlRecords::connect(&database.url))).await;
        for records in started {
            records.unwrap().ready().await.unwrap();
        }
    }

    w21_a_second_start_keeps_what_is_there(database) {
        let first = database.open().await;
        let app = application("web");
        first.create_application(&app, &event()).await.unwrap();
        first.close().await;
        assert!(first.ready().await.is_err(), "what is closed does not answer");
        let second = database.open().await;
        let found = second.find_application(&dploy_core::releases::application::AppRef::new("web")).await.unwrap();
        assert_eq!(found, Some(app));
    }

    a_newer_schema_is_refused_and_left_alone(database) {
        database.open().await.close().await;
        run(database, "INSERT INTO schema_steps (number) VALUES (99)".to_owned()).await;
        let refused = SqlRecords::connect(&database.url).await.unwrap_err();
        assert!(matches!(refused, OpenError::Newer { found: 99, known: 2 }), "{refused:?}");
        assert!(refused.to_string().contains("schema 99"), "{refused}");
    }

    w21_foreign_keys_are_enforced_on_every_connection(database) {
        let records = database.open().await;
        let orphan = crate::made::draft(&application("never-stored"), "1");
        use dploy_core::releases::ports::DraftRecords as _;
        for _ in 0..8 {
            let refused = records.create_draft(&orphan, &event()).await;
            assert!(matches!(refused, Err(dploy_core::releases::ports::RecordError::Conflict)), "{refused:?}");
        }
    }
}
