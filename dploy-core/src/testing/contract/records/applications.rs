use std::collections::BTreeSet;

use futures::future::join_all;

use crate::releases::{
    application::{AppRef, Application, ObjectRules},
    name::AppName,
    ports::{ApplicationFilter, RecordError},
};

use super::world::{RACERS, World, app, assert_conflict, assert_not_found, at, only_winner, page};

pub(super) async fn clauses(world: &World<'_>) -> Result<(), RecordError> {
    an_application_is_found_as_it_was_created(world).await?;
    an_id_is_looked_up_before_a_name(world).await?;
    changed_rules_are_stored(world).await?;
    of_parallel_creates_of_one_name_one_succeeds(world).await?;
    lists_are_newest_first_and_total(world).await
}

async fn an_application_is_found_as_it_was_created(world: &World<'_>) -> Result<(), RecordError> {
    let wanted = Application {
        rules: ObjectRules { kinds: Some(set(&["Deployment", "Service"])), namespaces: None },
        created_at: at(1),
        updated_at: at(2),
        ..world.new_application("found")
    };
    assert_eq!(world.records().find_application(&AppRef::new("found")).await?, None, "what was never made");
    world.records().create_application(&wanted, &world.event()).await?;
    for text in [wanted.id.as_str(), "found"] {
        let found = world.records().find_application(&AppRef::new(text)).await?;
        assert_eq!(found.as_ref(), Some(&wanted), "an application is found by {text}, to the microsecond");
    }
    let again = Application { id: wanted.id, ..world.new_application("found-2") };
    let taken = world.records().create_application(&again, &world.event()).await;
    assert_conflict(taken, "an id that is taken");
    Ok(())
}

async fn an_id_is_looked_up_before_a_name(world: &World<'_>) -> Result<(), RecordError> {
    let first = world.application("first").await?;
    world.application(&first.id).await?;
    let found = world.records().find_application(&AppRef::new(first.id.clone())).await?;
    assert_eq!(found, Some(first), "an id goes before another application's name");
    Ok(())
}

async fn changed_rules_are_stored(world: &World<'_>) -> Result<(), RecordError> {
    let made = world.application("rules").await?;
    let rules = ObjectRules { kinds: Some(BTreeSet::new()), namespaces: Some(set(&["a"])) };
    let changed = Application { rules, updated_at: at(9), ..made };
    world.records().update_application(&changed, &world.event()).await?;
    assert_eq!(world.records().find_application(&AppRef::new("rules")).await?, Some(changed));
    let unknown = world.new_application("unknown");
    let result = world.records().update_application(&unknown, &world.event()).await;
    assert_not_found(result, "an application that was never made");
    Ok(())
}

async fn of_parallel_creates_of_one_name_one_succeeds(world: &World<'_>) -> Result<(), RecordError> {
    let racers = join_all((0..RACERS).map(|_| async {
        let application = world.new_application("raced");
        world.records().create_application(&application, &world.event()).await.map(|()| application)
    }));
    let winner = only_winner(racers.await, "parallel creates of one name");
    assert_eq!(world.records().find_application(&AppRef::new("raced")).await?, Some(winner));
    Ok(())
}

async fn lists_are_newest_first_and_total(world: &World<'_>) -> Result<(), RecordError> {
    let among = set_of_names(&["order-a", "order-b", "order-c", "order-d"]);
    let mut made = Vec::new();
    for (name, after) in [("order-a", 3), ("order-b", 3), ("order-c", 4), ("order-d", 3)] {
        let application = Application { created_at: at(after), ..world.new_application(name) };
        world.records().create_application(&application, &world.event()).await?;
        made.push(application);
    }
    made.sort_by_key(|application| std::cmp::Reverse((application.created_at, application.id.clone())));
    let filter = ApplicationFilter { name: None, among: Some(among.clone()) };
    let whole = world.records().list_applications(&filter, page(100, 0)).await?;
    assert_eq!((whole.items.as_slice(), whole.total), (made.as_slice(), 4), "newest first, then by id");
    for (offset, expected) in made.iter().enumerate() {
        let part = world.records().list_applications(&filter, page(1, offset as u64)).await?;
        assert_eq!((part.items.as_slice(), part.total), (std::slice::from_ref(expected), 4), "pages join");
    }
    let beyond = world.records().list_applications(&filter, page(10, 4)).await?;
    assert_eq!((beyond.items.len(), beyond.total), (0, 4), "a page beyond the end still has the total");
    filters_apply_together(world, among).await
}

async fn filters_apply_together(world: &World<'_>, among: BTreeSet<AppName>) -> Result<(), RecordError> {
    let named = |name: &str| ApplicationFilter { name: Some(app(name)), among: Some(among.clone()) };
    assert_eq!(world.records().list_applications(&named("order-c"), page(10, 0)).await?.total, 1);
    assert_eq!(world.records().list_applications(&named("raced"), page(10, 0)).await?.total, 0);
    let nothing = ApplicationFilter { name: None, among: Some(BTreeSet::new()) };
    let none = world.records().list_applications(&nothing, page(10, 0)).await?;
    assert_eq!((none.items.len(), none.total), (0, 0), "among no names there is nothing");
    let all = world.records().list_applications(&ApplicationFilter::default(), page(2, 0)).await?;
    assert!(all.items.len() == 2 && all.total > 4, "no filter is all applications");
    Ok(())
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn set_of_names(names: &[&str]) -> BTreeSet<AppName> {
    names.iter().map(|name| app(name)).collect()
}
