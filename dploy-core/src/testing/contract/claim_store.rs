use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;

use crate::{
    environments::{
        UidRef,
        claim::{Claim, ClaimPhase, Idempotency},
        ports::{ClaimStore, NewClaim, StoreError},
    },
    id::OwnerId,
    json::Json,
};

/// How many writers race for one name or one version.
const WRITERS: usize = 8;

/// The contract of [`ClaimStore`]. The store's namespace must hold no claims whose names begin with `contract-`, and
/// nobody may decide claims meanwhile; what the suite makes it removes.
///
/// # Errors
/// The store did not answer.
pub async fn claim_store(store: &dyn ClaimStore) -> Result<(), StoreError> {
    a_claim_is_found_as_it_was_created(store).await?;
    deciding_claim_store(store).await
}

/// What of the contract of [`ClaimStore`] also holds for a store that decides about a claim as it creates it, and keeps
/// of it only what it needs. It must offer a template `contract` whose environments expire.
///
/// # Errors
/// The store did not answer.
pub async fn deciding_claim_store(store: &dyn ClaimStore) -> Result<(), StoreError> {
    of_two_creates_of_one_name_one_succeeds(store).await?;
    an_extension_is_written_under_the_version_that_was_read(store).await?;
    of_parallel_extensions_of_one_version_one_succeeds(store).await?;
    activity_is_noted_under_the_version_that_was_read(store).await?;
    only_the_given_incarnation_is_deleted(store).await
}

async fn a_claim_is_found_as_it_was_created(store: &dyn ClaimStore) -> Result<(), StoreError> {
    let new = NewClaim {
        params: BTreeMap::from([("text".to_owned(), "a: \"b\"\n{{ c }}".to_owned())]),
        claims: Json::from(serde_json::json!({ "groups": ["a", "b"], "level": 12_345_678 })),
        ttl_seconds: Some(60),
        wait_for_pool: Some(true),
        idempotency: Some(Idempotency::of("key", &[b"request"])),
        ..wanted("contract-find")
    };
    assert_eq!(store.find(&new.name).await?, None, "a claim that was never made is not found");
    let made = store.create(&new).await?;
    assert_eq!(described(&made), new, "what is created is what was asked for");
    assert_eq!((made.extensions, made.adopts.as_ref(), made.status.phase), (0, None, ClaimPhase::Pending));
    assert!(!made.meta.uid.is_empty() && !made.meta.version.is_empty() && !made.meta.is_deleting());
    assert_eq!(store.find(&new.name).await?, Some(made.clone()), "a claim is found as soon as it was created");
    store.delete(&made.reference()).await?;
    assert_eq!(store.find(&new.name).await?, None, "a deleted claim is gone at once");
    Ok(())
}

async fn of_two_creates_of_one_name_one_succeeds(store: &dyn ClaimStore) -> Result<(), StoreError> {
    let new = wanted("contract-create");
    let results = join_all((0..WRITERS).map(|_| store.create(&new))).await;
    let mut made = Vec::new();
    for result in results {
        match result {
            Ok(claim) => made.push(claim),
            Err(StoreError::AlreadyExists) => {}
            Err(error) => return Err(error),
        }
    }
    assert_eq!(made.len(), 1, "exactly one of {WRITERS} creates of one name succeeds");
    for claim in made {
        store.delete(&claim.reference()).await?;
    }
    Ok(())
}

async fn an_extension_is_written_under_the_version_that_was_read(store: &dyn ClaimStore) -> Result<(), StoreError> {
    let made = store.create(&wanted("contract-extend")).await?;
    let first = store.extend(&made, 1).await?;
    assert_eq!(first.extensions, 1);
    assert_ne!(first.meta.version, made.meta.version, "a write gives a new version");
    assert_eq!(store.find(&made.meta.key.name).await?, Some(first.clone()));
    let stale = store.extend(&made, 1).await;
    assert!(matches!(stale, Err(StoreError::Conflict)), "an outdated version is a conflict, not {stale:?}");
    assert_eq!(store.extend(&first, 2).await?.extensions, 2);
    store.delete(&made.reference()).await?;
    let gone = store.extend(&first, 3).await;
    assert!(matches!(gone, Err(StoreError::Conflict)), "a claim that is gone is a conflict, not {gone:?}");
    assert_eq!(store.find(&made.meta.key.name).await?, None, "an extension brings no claim back");
    Ok(())
}

async fn of_parallel_extensions_of_one_version_one_succeeds(store: &dyn ClaimStore) -> Result<(), StoreError> {
    let made = store.create(&wanted("contract-race")).await?;
    let results = join_all((0..WRITERS).map(|_| store.extend(&made, 1))).await;
    let granted = results.iter().filter(|result| result.is_ok()).count();
    let refused = results.iter().filter(|result| matches!(result, Err(StoreError::Conflict))).count();
    assert_eq!((granted, refused), (1, WRITERS - 1), "exactly one extension of one version is granted");
    store.delete(&made.reference()).await.map(drop)
}

async fn activity_is_noted_under_the_version_that_was_read(store: &dyn ClaimStore) -> Result<(), StoreError> {
    let made = store.create(&wanted("contract-activity")).await?;
    assert_eq!(made.last_activity, None, "a new claim was never used");
    let at = made.meta.created.plus_seconds(60);
    let used = store.note_activity(&made, at).await?;
    assert_eq!((used.last_activity, used.extensions), (Some(at), 0));
    assert_eq!(store.find(&made.meta.key.name).await?, Some(used.clone()));
    let stale = store.note_activity(&made, at.plus_seconds(1)).await;
    assert!(matches!(stale, Err(StoreError::Conflict)), "an outdated version is a conflict, not {stale:?}");
    store.delete(&made.reference()).await?;
    let gone = store.note_activity(&used, at.plus_seconds(1)).await;
    assert!(matches!(gone, Err(StoreError::Conflict)), "a claim that is gone is a conflict, not {gone:?}");
    Ok(())
}

async fn only_the_given_incarnation_is_deleted(store: &dyn ClaimStore) -> Result<(), StoreError> {
    let new = wanted("contract-delete");
    let former = store.create(&new).await?;
    assert!(store.delete(&former.reference()).await?, "a claim that is there is deleted");
    let present = store.create(&new).await?;
    let uids = BTreeSet::from([&former.meta.uid, &present.meta.uid]);
    assert_eq!(uids.len(), 2, "another incarnation has another uid");
    assert!(!store.delete(&former.reference()).await?, "a claim that is gone was not there");
    assert_eq!(store.find(&new.name).await?, Some(present.clone()), "another incarnation is not deleted");
    assert!(store.delete(&present.reference()).await?, "the present incarnation is deleted");
    assert!(!store.delete(&present.reference()).await?, "it is deleted once");
    let never = UidRef { name: "contract-never-made".to_owned(), uid: former.meta.uid };
    assert!(!store.delete(&never).await?, "a claim that was never made was not there");
    Ok(())
}

fn wanted(name: &str) -> NewClaim {
    NewClaim {
        name: name.to_owned(),
        template: "contract".to_owned(),
        owner: "contract-owner".to_owned(),
        owner_id: OwnerId::of_text(name),
        params: BTreeMap::new(),
        claims: Json::object(),
        ttl_seconds: None,
        wait_for_pool: None,
        idempotency: None,
    }
}

fn described(claim: &Claim) -> NewClaim {
    NewClaim {
        name: claim.meta.key.name.clone(),
        template: claim.template.clone(),
        owner: claim.owner.clone(),
        owner_id: claim.owner_id.clone(),
        params: claim.params.clone(),
        claims: claim.claims.clone(),
        ttl_seconds: claim.ttl_seconds,
        wait_for_pool: claim.wait_for_pool,
        idempotency: claim.idempotency.clone(),
    }
}
