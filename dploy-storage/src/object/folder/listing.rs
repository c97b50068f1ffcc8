//! What is kept below a folder, one folder in memory at a time.

use std::{io, path::Path};

use dploy_core::{
    artifact::{ArtifactEntry, ArtifactError, ArtifactKey},
    time::Timestamp,
};
use futures::{
    StreamExt as _, TryStreamExt as _,
    stream::{self, BoxStream},
};
use rustix::fs::{self, AtFlags, Dir, FileType, Stat};

use super::{FolderArtifacts, layout, store::failed, tree};

/// The names from the artifacts' folder to another.
type Way = Vec<String>;

/// What one folder holds.
#[derive(Default)]
struct Page {
    entries: Vec<ArtifactEntry>,
    folders: Vec<Way>,
}

/// Every artifact below the prefix.
pub(super) fn below(
    artifacts: FolderArtifacts,
    prefix: &ArtifactKey,
) -> BoxStream<'static, Result<ArtifactEntry, ArtifactError>> {
    let pages = stream::try_unfold(vec![layout::names(prefix)], move |mut pending| {
        let artifacts = artifacts.clone();
        async move {
            let Some(way) = pending.pop() else { return Ok(None) };
            let page = artifacts.blocking(move |root| read(root, &way).map_err(failed)).await?;
            pending.extend(page.folders);
            Ok(Some((stream::iter(page.entries.into_iter().map(Ok)), pending)))
        }
    });
    pages.try_flatten().boxed()
}

fn read(root: &Path, way: &Way) -> io::Result<Page> {
    let top = tree::open(root, layout::ARTIFACTS)?;
    let mut page = Page::default();
    let folder = match tree::descend(top, way) {
        // Removed meanwhile, or never there.
        Err(error) if tree::is_absent(&error) => return Ok(page),
        way => way?.pop(),
    };
    let Some(folder) = folder else { return Ok(page) };
    for entry in Dir::read_from(&folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else { continue };
        if matches!(name, "." | "..") {
            continue;
        }
        if let Ok(stat) = fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            page.add(way, name, &stat);
        }
    }
    Ok(page)
}

impl Page {
    fn add(&mut self, way: &Way, name: &str, stat: &Stat) {
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => self.folders.push(way.iter().cloned().chain([name.to_owned()]).collect()),
            FileType::RegularFile => self.entries.extend(layout::key(way, name).map(|key| described(key, stat))),
            _ => {}
        }
    }
}

fn described(key: ArtifactKey, stat: &Stat) -> ArtifactEntry {
    let micros = stat.st_mtime.saturating_mul(1_000_000).saturating_add(stat.st_mtime_nsec as i64 / 1_000);
    ArtifactEntry {
        key,
        size: u64::try_from(stat.st_size).unwrap_or_default(),
        written_at: Timestamp::from_unix_micros(micros),
    }
}
