//! The walk over an archive.

use std::sync::Arc;

use dploy_core::releases::{
    file::{ArchiveFile, FilePath, InvalidPath},
    ports::ArchiveError,
};

use super::{
    extension,
    header::{Header, Kind},
    limits::Limits,
    names::Names,
    source::{BLOCK, Source},
};

/// The longest pax header that is read, in bytes.
const RECORDS_MAX: usize = 64 * 1024;
/// The longest GNU name that is read, in bytes; paths are far shorter.
const LONG_NAME_MAX: usize = 1024;
/// So much of a name is shown in errors, in bytes.
const SHOWN: usize = 240;

/// The regular files of an archive in its order; it ends after the first error.
///
/// ```
/// use dploy_storage::archive::{Files, Limits};
///
/// let mut files = Files::new(b"no archive".as_slice().into(), Limits::default());
/// assert_eq!(files.next().unwrap().unwrap_err().to_string(), "the archive must be a gzip-compressed tar");
/// assert!(files.next().is_none());
/// ```
#[derive(Debug)]
pub struct Files {
    state: State,
}

#[derive(Debug)]
enum State {
    Unopened(Arc<[u8]>, Limits),
    Open(Box<Walk>),
    Ended,
}

impl Files {
    /// Reads nothing yet.
    #[must_use]
    pub fn new(packed: Arc<[u8]>, limits: Limits) -> Self {
        Self { state: State::Unopened(packed, limits) }
    }
}

impl Iterator for Files {
    type Item = Result<ArchiveFile, ArchiveError>;

    /// The next file, whole. When there is none, the archive was read to its very end.
    fn next(&mut self) -> Option<Self::Item> {
        let opened = match std::mem::replace(&mut self.state, State::Ended) {
            State::Unopened(packed, limits) => Walk::open(packed, limits).map(Box::new),
            State::Open(walk) => Ok(walk),
            State::Ended => return None,
        };
        let read = opened.and_then(|mut walk| Ok(walk.file()?.map(|file| (file, walk))));
        match read {
            Ok(Some((file, walk))) => {
                self.state = State::Open(walk);
                Some(Ok(file))
            }
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

#[derive(Debug)]
struct Walk {
    source: Source,
    limits: Limits,
    names: Names,
    entries: usize,
    files: usize,
}

/// What extensions said of the entry that follows them.
#[derive(Debug, Default)]
struct Pending {
    /// There was an extension, so an entry has to follow.
    any: bool,
    name: Option<Vec<u8>>,
    size: Option<u64>,
}

impl Walk {
    fn open(packed: Arc<[u8]>, limits: Limits) -> Result<Self, ArchiveError> {
        let source = Source::open(packed, limits)?;
        Ok(Self { source, limits, names: Names::default(), entries: 0, files: 0 })
    }

    /// The next regular file; without one the archive's end was read.
    fn file(&mut self) -> Result<Option<ArchiveFile>, ArchiveError> {
        let mut pending = Pending::default();
        while let Some(header) = self.header()? {
            match header.kind {
                Kind::Refused(problem) => return Err(entry(&pending.name.unwrap_or(header.name), problem)),
                Kind::LongName => self.long_name(&header, &mut pending)?,
                Kind::Records => self.records(&header, &mut pending)?,
                Kind::GlobalRecords => {
                    let data = self.extension(&header)?;
                    extension::global(&data).map_err(|problem| entry(&header.name, problem))?;
                }
                Kind::Folder => self.folder(header, std::mem::take(&mut pending))?,
                Kind::File => return self.regular(header, pending).map(Some),
            }
        }
        if pending.any {
            return Err(ArchiveError::Truncated);
        }
        self.source.finish()?;
        Ok(None)
    }

    /// The next header; `None` are the two blocks of zeros that end a tar.
    fn header(&mut self) -> Result<Option<Header>, ArchiveError> {
        let mut block = [0; BLOCK];
        self.source.exact(&mut block)?;
        let Some(header) = Header::parse(&block)? else {
            self.source.exact(&mut block)?;
            return if block == [0; BLOCK] { Ok(None) } else { Err(ArchiveError::NotTar) };
        };
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(too_large("number of entries", self.limits.entries));
        }
        Ok(Some(header))
    }

    fn extension(&mut self, header: &Header) -> Result<Vec<u8>, ArchiveError> {
        let size = usize::try_from(header.size).ok().filter(|size| *size <= RECORDS_MAX);
        self.source.data(size.ok_or_else(|| too_large("pax headers in bytes", RECORDS_MAX))?)
    }

    fn records(&mut self, header: &Header, pending: &mut Pending) -> Result<(), ArchiveError> {
        let data = self.extension(header)?;
        let records = extension::local(&data).map_err(|problem| entry(&header.name, problem))?;
        if std::mem::replace(&mut pending.any, true) {
            return Err(entry(records.path.unwrap_or(&header.name), "described twice"));
        }
        pending.name = records.path.map(<[u8]>::to_vec);
        pending.size = records.size;
        Ok(())
    }

    fn long_name(&mut self, header: &Header, pending: &mut Pending) -> Result<(), ArchiveError> {
        let whole = usize::try_from(header.size).ok().filter(|size| *size <= LONG_NAME_MAX);
        let mut name = self.source.data(whole.unwrap_or(SHOWN))?;
        if whole.is_none() {
            return Err(ArchiveError::Path { name: shown(&name), problem: InvalidPath::TooLong });
        }
        if name.last() == Some(&0) {
            name.pop();
        }
        if std::mem::replace(&mut pending.any, true) {
            return Err(entry(&name, "described twice"));
        }
        pending.name = Some(name);
        Ok(())
    }

    fn folder(&mut self, header: Header, pending: Pending) -> Result<(), ArchiveError> {
        let name = pending.name.unwrap_or(header.name);
        if header.size != 0 || pending.size.unwrap_or(0) != 0 {
            return Err(entry(&name, "a folder with content"));
        }
        if matches!(&*name, b"." | b"./") {
            return Ok(());
        }
        let bare = name.strip_suffix(b"/").unwrap_or(&name);
        let folder = parse(bare, &name)?;
        self.names.folder(&folder).map_err(|problem| entry(&name, problem))
    }

    fn regular(&mut self, header: Header, pending: Pending) -> Result<ArchiveFile, ArchiveError> {
        let name = pending.name.unwrap_or(header.name);
        let file = parse(&name, &name)?;
        if pending.size.is_some_and(|size| size != header.size) {
            return Err(entry(&name, "of two sizes"));
        }
        self.names.file(&file).map_err(|problem| entry(&name, problem))?;
        self.files += 1;
        if self.files > self.limits.files {
            return Err(too_large("number of files", self.limits.files));
        }
        let limit = self.limits.file;
        let size = usize::try_from(header.size).ok().filter(|_| header.size <= limit);
        let too_large = || ArchiveError::TooLarge { what: format!("file `{}` in bytes", shown(&name)), limit };
        let bytes = self.source.data(size.ok_or_else(too_large)?)?;
        Ok(ArchiveFile { path: file, bytes })
    }
}

/// Reads a name, which `tar -C folder .` begins with `./`.
fn parse(bare: &[u8], name: &[u8]) -> Result<FilePath, ArchiveError> {
    let text = std::str::from_utf8(bare.strip_prefix(b"./").unwrap_or(bare));
    let text = text.map_err(|_| entry(name, "named in something else than UTF-8"))?;
    FilePath::parse(text).map_err(|problem| path(name, problem))
}

fn path(name: &[u8], problem: InvalidPath) -> ArchiveError {
    ArchiveError::Path { name: shown(name), problem }
}

fn entry(name: &[u8], problem: &'static str) -> ArchiveError {
    ArchiveError::Entry { name: shown(name), problem }
}

fn too_large(what: &'static str, limit: usize) -> ArchiveError {
    ArchiveError::TooLarge { what: what.to_owned(), limit: u64::try_from(limit).unwrap_or(u64::MAX) }
}

/// The beginning of a name, harmless to terminals and logs.
fn shown(name: &[u8]) -> String {
    let cut = name.get(..SHOWN).unwrap_or(name);
    let escaped = |c: char| match c {
        '\\' | '\'' | '"' => vec![c],
        c => c.escape_debug().collect(),
    };
    String::from_utf8_lossy(cut).chars().flat_map(escaped).collect()
}
