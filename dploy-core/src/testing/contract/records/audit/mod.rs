mod attempts;

use crate::{
    json::Json,
    releases::{
        audit::{AuditEvent, AuditFilter, Outcome},
        ports::RecordError,
    },
};

use self::attempts::changes;
use super::world::{World, app, assert_conflict, at, page};

pub(super) async fn clauses(world: &World<'_>) -> Result<(), RecordError> {
    events_are_listed_as_they_were_stored(world).await?;
    a_change_and_its_event_are_stored_together_or_not_at_all(world).await
}

async fn events_are_listed_as_they_were_stored(world: &World<'_>) -> Result<(), RecordError> {
    let denied = AuditEvent {
        actor: "mallory".to_owned(),
        app: Some(app("audited")),
        outcome: Outcome::Denied,
        at: at(100),
        detail: Json::object(),
        request: Some("r-1".to_owned()),
        address: Some("::1".to_owned()),
        ..world.event()
    };
    let done =
        AuditEvent { actor: "mallory".to_owned(), action: "key.create".to_owned(), at: at(100), ..world.event() };
    let later = AuditEvent { actor: "mallory".to_owned(), at: at(101), ..world.event() };
    for event in [&denied, &done, &later] {
        world.records().append_event(event).await?;
    }
    assert_conflict(world.records().append_event(&done).await, "a second event of one id");
    let by = AuditFilter { actor: Some("mallory".to_owned()), ..AuditFilter::default() };
    let cases = [
        (by.clone(), vec![later.clone(), done.clone(), denied.clone()]),
        (AuditFilter { since: Some(at(101)), ..by.clone() }, vec![later.clone()]),
        (AuditFilter { app: Some(app("audited")), ..by.clone() }, vec![denied]),
        (AuditFilter { action: Some("key.create".to_owned()), ..by.clone() }, vec![done.clone()]),
        (AuditFilter { action: Some("key".to_owned()), ..by.clone() }, vec![]),
    ];
    for (filter, expected) in cases {
        let listed = world.records().list_events(&filter, page(10, 0)).await?;
        assert_eq!((&listed.items, listed.total), (&expected, expected.len() as u64), "{filter:?}, newest first");
    }
    let middle = world.records().list_events(&by, page(1, 1)).await?;
    assert_eq!((middle.items, middle.total), (vec![done], 3));
    let all = world.records().list_events(&AuditFilter::default(), page(1, 0)).await?;
    assert_eq!(all.items, [later], "no filter is all events");
    Ok(())
}

/// An event whose id is taken cannot be stored, so that nothing may change.
async fn a_change_and_its_event_are_stored_together_or_not_at_all(world: &World<'_>) -> Result<(), RecordError> {
    let total =
        || async { world.records().list_events(&AuditFilter::default(), page(1, 0)).await.map(|events| events.total) };
    let before = total().await?;
    let made = world.application("with-event").await?;
    assert_eq!(total().await?, before + 1, "a change has one event");
    let taken = world.event();
    world.records().append_event(&taken).await?;
    changes(world, &taken, &made).await
}
