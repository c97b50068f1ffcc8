use std::{collections::BTreeMap, sync::Arc};

use futures::{TryStreamExt as _, future::join_all};

use super::artifact_key as key;
use crate::artifact::{ArtifactError, ArtifactKey, ArtifactStore};

/// How many writers race for one key.
const WRITERS: u8 = 8;
/// How many bytes each of them writes.
const LARGE: usize = 256 * 1024;

/// The contract of [`ArtifactStore`]. The store must hold nothing below `contract` and nobody else may write there
/// meanwhile; what the suite writes it removes.
///
/// # Errors
/// The store did not answer.
pub async fn artifact_store(store: &dyn ArtifactStore) -> Result<(), ArtifactError> {
    store.ready().await?;
    what_is_put_is_got(store).await?;
    no_more_than_the_limit_is_got(store).await?;
    what_is_removed_is_gone(store).await?;
    a_reader_sees_one_write_whole(store).await?;
    what_is_below_a_prefix_is_listed(store).await
}

async fn what_is_put_is_got(store: &dyn ArtifactStore) -> Result<(), ArtifactError> {
    let name = key("contract/put/1.0.0+b5/Manifests_a-b.tar.gz");
    let former: Vec<u8> = (0..=255).cycle().take(LARGE).collect();
    store.put(&name, Arc::from(former.as_slice())).await?;
    assert!(*store.get(&name, LARGE as u64).await? == *former, "the bytes that were put are got");
    store.put(&name, Arc::from(&b"new"[..])).await?;
    assert_eq!(*store.get(&name, LARGE as u64).await?, *b"new", "a put takes the place of the former bytes");
    store.put(&name, Arc::from(&b""[..])).await?;
    assert_eq!(*store.get(&name, 0).await?, *b"", "an artifact may be empty");
    let other = store.get(&key("contract/put/1.0.0+B5/Manifests_a-b.tar.gz"), 0).await;
    assert!(matches!(other, Err(ArtifactError::NotFound)), "keys that differ in case are two, not {other:?}");
    store.remove(&name).await
}

async fn no_more_than_the_limit_is_got(store: &dyn ArtifactStore) -> Result<(), ArtifactError> {
    let name = key("contract/limit");
    store.put(&name, Arc::from(vec![7; LARGE])).await?;
    assert_eq!(store.get(&name, LARGE as u64).await?.len(), LARGE, "an artifact may be as large as the limit");
    for limit in [0, 1, LARGE as u64 - 1] {
        let large = store.get(&name, limit).await.map(|bytes| bytes.len());
        assert!(matches!(large, Err(ArtifactError::TooLarge(told)) if told == limit), "{limit}: {large:?}");
    }
    store.remove(&name).await
}

async fn what_is_removed_is_gone(store: &dyn ArtifactStore) -> Result<(), ArtifactError> {
    let name = key("contract/remove/deep/a");
    let never = store.get(&name, 1).await;
    assert!(matches!(never, Err(ArtifactError::NotFound)), "what was never put is not found, not {never:?}");
    store.remove(&name).await?;
    store.put(&name, Arc::from(&b"a"[..])).await?;
    store.remove(&name).await?;
    let gone = store.get(&name, 1).await;
    assert!(matches!(gone, Err(ArtifactError::NotFound)), "what was removed is not found, not {gone:?}");
    assert_eq!(listed(store, "contract/remove").await?, BTreeMap::new(), "what was removed is not listed");
    store.remove(&name).await?;
    store.put(&name, Arc::from(&b"b"[..])).await?;
    assert_eq!(*store.get(&name, 1).await?, *b"b", "a key can be used again");
    store.remove(&name).await
}

async fn a_reader_sees_one_write_whole(store: &dyn ArtifactStore) -> Result<(), ArtifactError> {
    let name = key("contract/race/a");
    store.put(&name, Arc::from(vec![0; LARGE])).await?;
    let writes = join_all((1..=WRITERS).map(|writer| store.put(&name, Arc::from(vec![writer; LARGE]))));
    let reads = join_all((0..WRITERS).map(|_| store.get(&name, LARGE as u64)));
    let (writes, reads) = futures::join!(writes, reads);
    for write in writes {
        write?;
    }
    for bytes in reads.into_iter().chain([store.get(&name, LARGE as u64).await]) {
        let bytes = bytes?;
        assert_eq!(bytes.len(), LARGE, "no write is seen in parts");
        assert!(bytes.windows(2).all(|pair| pair.first() == pair.last()), "no two writes are mixed");
    }
    store.remove(&name).await
}

async fn what_is_below_a_prefix_is_listed(store: &dyn ArtifactStore) -> Result<(), ArtifactError> {
    let below = ["contract/list/a", "contract/list/B/c+1/d_e-f.tar.gz", "contract/list/B/c"];
    let beside = ["contract/listing/a", "contract/lis", "contract/List/a"];
    for (size, name) in below.iter().chain(&beside).enumerate() {
        store.put(&key(name), Arc::from(vec![1; size])).await?;
    }
    let wanted: BTreeMap<_, _> = below.iter().enumerate().map(|(size, name)| (key(name), size as u64)).collect();
    assert_eq!(listed(store, "contract/list").await?, wanted, "what is below a prefix is listed once, with its size");
    assert_eq!(listed(store, "contract/nothing").await?, BTreeMap::new());
    assert_eq!(listed(store, "contract/list/a").await?, BTreeMap::new(), "an artifact is not below itself");
    for name in below.iter().chain(&beside) {
        store.remove(&key(name)).await?;
    }
    assert_eq!(listed(store, "contract").await?, BTreeMap::new(), "nothing stays behind");
    Ok(())
}

async fn listed(store: &dyn ArtifactStore, prefix: &str) -> Result<BTreeMap<ArtifactKey, u64>, ArtifactError> {
    let entries: Vec<_> = store.list(&key(prefix)).try_collect().await?;
    let sizes: BTreeMap<_, _> = entries.iter().map(|entry| (entry.key.clone(), entry.size)).collect();
    assert_eq!(sizes.len(), entries.len(), "no artifact is listed twice");
    Ok(sizes)
}
