use futures::future::join_all;

use crate::releases::{
    access::{Action, Scope},
    api_key::{ApiKey, SecretHash},
    ports::RecordError,
};

use super::world::{RACERS, World, app, assert_conflict, assert_not_found, at, only_winner, page};

pub(super) async fn clauses(world: &World<'_>) -> Result<(), RecordError> {
    a_key_is_found_as_it_was_stored(world).await?;
    a_name_is_free_again_once_its_key_is_revoked(world).await?;
    of_parallel_creates_of_one_name_one_succeeds(world).await?;
    a_use_is_noted(world).await
}

async fn a_key_is_found_as_it_was_stored(world: &World<'_>) -> Result<(), RecordError> {
    let some =
        Scope { applications: Some([app("web"), app("api")].into()), actions: [Action::Publish, Action::Read].into() };
    let narrow = ApiKey {
        scope: some,
        created_at: at(2),
        expires_at: Some(at(90)),
        used_at: Some(at(3)),
        ..new_key(world, "narrow")
    };
    let (wide, other) = (new_key(world, "wide"), new_key(world, "other"));
    let none = ApiKey {
        prefix: "dpk_another1".to_owned(),
        scope: Scope { applications: Some([].into()), actions: [].into() },
        ..other
    };
    for key in [&narrow, &wide, &none] {
        world.records().create_key(key, &world.event()).await?;
    }
    assert_eq!(world.records().find_keys(&narrow.prefix).await?, [narrow.clone(), wide.clone()], "newest first");
    assert_eq!(world.records().find_keys(&none.prefix).await?, std::slice::from_ref(&none));
    assert_eq!(world.records().find_keys("dpk_").await?, [], "a prefix is compared as a whole");
    let all = world.records().list_keys(page(10, 0)).await?;
    assert_eq!((all.items.as_slice(), all.total), (&[narrow, none, wide.clone()][..], 3));
    let last = world.records().list_keys(page(2, 2)).await?;
    assert_eq!((last.items, last.total), (vec![wide], 3));
    Ok(())
}

async fn a_name_is_free_again_once_its_key_is_revoked(world: &World<'_>) -> Result<(), RecordError> {
    let key = new_key(world, "revoked");
    world.records().create_key(&key, &world.event()).await?;
    let second = new_key(world, "revoked");
    assert_conflict(world.records().create_key(&second, &world.event()).await, "a name that is in use");
    world.records().revoke_key(&key.id, at(6), &world.event()).await?;
    let found = world.records().find_keys(&key.prefix).await?.into_iter().find(|found| found.id == key.id);
    assert_eq!(found, Some(ApiKey { revoked_at: Some(at(6)), ..key.clone() }), "revoked keys are found too");
    assert_not_found(world.records().revoke_key(&key.id, at(7), &world.event()).await, "a key that is revoked");
    assert_not_found(world.records().revoke_key(&world.id(), at(7), &world.event()).await, "a key never made");
    world.records().create_key(&second, &world.event()).await?;
    world.records().revoke_key(&second.id, at(8), &world.event()).await
}

async fn of_parallel_creates_of_one_name_one_succeeds(world: &World<'_>) -> Result<(), RecordError> {
    let racers = join_all((0..RACERS).map(|_| async {
        let key = new_key(world, "raced");
        world.records().create_key(&key, &world.event()).await.map(|()| key)
    }));
    let winner = only_winner(racers.await, "parallel creates of one key");
    let revoked = join_all(
        (0..RACERS).map(|_| async { world.records().revoke_key(&winner.id, at(6), &world.event()).await.is_ok() }),
    );
    assert_eq!(revoked.await.into_iter().filter(|done| *done).count(), 1, "a key is revoked once");
    Ok(())
}

async fn a_use_is_noted(world: &World<'_>) -> Result<(), RecordError> {
    let key = ApiKey { prefix: "dpk_used0000".to_owned(), ..new_key(world, "used") };
    world.records().create_key(&key, &world.event()).await?;
    for (used, latest) in [(4, 4), (9, 9), (5, 9)] {
        world.records().touch_key(&key.id, at(used)).await?;
        let found = world.records().find_keys(&key.prefix).await?;
        assert_eq!(found, [ApiKey { used_at: Some(at(latest)), ..key.clone() }], "the latest use is kept");
    }
    world.records().touch_key(&world.id(), at(4)).await
}

pub(super) fn new_key(world: &World<'_>, name: &str) -> ApiKey {
    ApiKey {
        id: world.id(),
        name: name.to_owned(),
        prefix: "dpk_01234567".to_owned(),
        hash: SecretHash { salt: "5a".repeat(16), digest: "d1".repeat(32) },
        scope: Scope::all(),
        created_by: "contract".to_owned(),
        created_at: at(0),
        expires_at: None,
        used_at: None,
        revoked_at: None,
    }
}
