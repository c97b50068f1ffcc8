use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

use tempfile::TempDir;

use super::{
    hooks,
    program::{git, run},
};
use crate::{Error, programs};

/// How often a human pulls again before giving up.
const PULLS: u32 = 50;

/// One commit of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id, 40 hexadecimal digits.
    pub id: String,
    /// The ids of its parents; none for the first commit.
    pub parents: Vec<String>,
    /// The author: `name <email>`.
    pub author: String,
    /// The committer: `name <email>`.
    pub committer: String,
    /// The whole message, trailers included, without the last line feed.
    pub message: String,
}

impl Commit {
    /// The first line of the message.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }

    /// The values of a trailer (`Name: value` in the last paragraph), in order.
    #[must_use]
    pub fn trailer(&self, name: &str) -> Vec<&str> {
        let last = self.message.rsplit("\n\n").next().unwrap_or_default();
        last.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect()
    }
}

/// A bare repository in a temporary folder, with branch `main`, reached by file, https and ssh alike.
///
/// All functions block for the time of a git command or a few.
#[derive(Debug)]
pub struct GitRepository {
    folder: TempDir,
    /// Guards the clone in which a human commits.
    hand: Mutex<()>,
}

impl GitRepository {
    /// A repository without any commit.
    ///
    /// # Errors
    /// [`Error::Missing`] when git is not installed; else why git failed.
    pub fn empty() -> Result<Self, Error> {
        programs::installed(["git"])?;
        let folder = tempfile::Builder::new().prefix("dploy-git-").tempdir().map_err(Error::file("a folder"))?;
        let repository = Self { folder, hand: Mutex::new(()) };
        run(repository.folder.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "--", "gitops.git"])?;
        Ok(repository)
    }

    /// A repository with one commit, of a file `README.md`.
    ///
    /// # Errors
    /// As [`empty`](Self::empty).
    pub fn start() -> Result<Self, Error> {
        let repository = Self::empty()?;
        repository.seed("main", "Begin", [("README.md", "Environments.\n")])?;
        Ok(repository)
    }

    /// The folder of the bare repository.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("gitops.git")
    }

    /// Its URL by file: `file:///…/gitops.git`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("file://{}", self.path().display())
    }

    /// Adds one commit with many files to a branch, inside the repository and without hooks, however many there are.
    ///
    /// # Errors
    /// When git refuses.
    pub fn seed<P, C>(&self, branch: &str, message: &str, files: impl IntoIterator<Item = (P, C)>) -> Result<(), Error>
    where
        P: AsRef<str>,
        C: AsRef<[u8]>,
    {
        let mut stream = format!("commit refs/heads/{branch}\ncommitter Hand <hand@example.org> now\n").into_bytes();
        data(&mut stream, message.as_bytes());
        if self.tip(branch)?.is_some() {
            stream.extend_from_slice(format!("from refs/heads/{branch}^0\n").as_bytes());
        }
        for (path, content) in files {
            stream.extend_from_slice(format!("M 100644 inline {}\n", path.as_ref()).as_bytes());
            data(&mut stream, content.as_ref());
        }
        let mut import = git(&self.path(), &["fast-import", "--quiet", "--date-format=now"]);
        let mut child = import.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(Error::file("git"))?;
        if let Some(mut input) = child.stdin.take() {
            // A git that refuses closes its input early, and says why below.
            drop(input.write_all(&stream));
        }
        let output = child.wait_with_output().map_err(Error::file("git"))?;
        if output.status.success() {
            return Ok(());
        }
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(Error::Failed { program: "git fast-import".to_owned(), status: output.status.to_string(), output: told })
    }

    /// The id of the newest commit of a branch; `None` when there is no such branch.
    ///
    /// # Errors
    /// When git fails.
    pub fn tip(&self, branch: &str) -> Result<Option<String>, Error> {
        let name = format!("refs/heads/{branch}");
        let found = run(&self.path(), &["for-each-ref", "--format=%(objectname)", "--", &name])?;
        Ok(Some(found.trim().to_owned()).filter(|id| !id.is_empty()))
    }

    /// The commits of a branch, the newest first; empty when there is no such branch.
    ///
    /// # Errors
    /// When git fails.
    pub fn log(&self, branch: &str) -> Result<Vec<Commit>, Error> {
        if self.tip(branch)?.is_none() {
            return Ok(Vec::new());
        }
        let format = "--format=%H%x1f%P%x1f%an <%ae>%x1f%cn <%ce>%x1f%B";
        let text = run(&self.path(), &["log", "-z", "--topo-order", format, &format!("refs/heads/{branch}"), "--"])?;
        Ok(text.split('\0').filter(|commit| !commit.is_empty()).map(parse).collect())
    }

    /// The paths of all files of a branch, sorted; empty when there is no such branch.
    ///
    /// # Errors
    /// When git fails.
    pub fn tree(&self, branch: &str) -> Result<Vec<String>, Error> {
        match self.tip(branch)? {
            Some(tip) => self.paths(&["ls-tree", "-r", "-z", "--name-only", &tip]),
            None => Ok(Vec::new()),
        }
    }

    /// The content of a file at a branch, a tag or a commit; `None` when there is no such file.
    ///
    /// # Errors
    /// When there is no such revision.
    pub fn file(&self, revision: &str, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let listed = self.paths(&["ls-tree", "-z", "--name-only", revision, "--", path])?;
        if listed.is_empty() {
            return Ok(None);
        }
        programs::output(&mut git(&self.path(), &["cat-file", "blob", &format!("{revision}:{path}")])).map(Some)
    }

    /// The paths that a commit adds, changes or removes against its first parent, sorted.
    ///
    /// # Errors
    /// When there is no such commit.
    pub fn changes(&self, commit: &str) -> Result<Vec<String>, Error> {
        self.paths(&["diff-tree", "-r", "-z", "--root", "--no-commit-id", "--no-renames", "--name-only", commit])
    }

    /// Checks the whole repository as `git fsck --strict` does.
    ///
    /// # Errors
    /// What git found wrong.
    pub fn check(&self) -> Result<(), Error> {
        run(&self.path(), &["fsck", "--strict", "--no-progress"]).map(drop)
    }

    /// Commits one file to `main` as a human does: in a clone, pulling and pushing until the push is taken.
    ///
    /// Returns the id of the commit.
    ///
    /// # Errors
    /// When git fails, or the push is refused for another reason than that the branch has moved.
    pub fn commit_by_hand(&self, path: &str, text: &str) -> Result<String, Error> {
        let _one = self.hand.lock().unwrap_or_else(PoisonError::into_inner);
        let clone = self.clone_by_hand()?;
        let file = clone.join(path);
        let parent = file.parent().unwrap_or(&clone);
        fs::create_dir_all(parent).map_err(Error::file(parent))?;
        fs::write(&file, text).map_err(Error::file(&file))?;
        run(&clone, &["add", "--", path])?;
        run(&clone, &["commit", "--quiet", "--allow-empty", "-m", &format!("By hand: {path}")])?;
        for round in 1..=PULLS {
            match run(&clone, &["push", "--quiet", "origin", "HEAD:refs/heads/main"]) {
                Err(error) if round < PULLS && has_moved(&error) => {}
                Err(error) => return Err(error),
                Ok(_) => return run(&clone, &["rev-parse", "HEAD"]).map(|id| id.trim().to_owned()),
            }
            thread::sleep(Duration::from_millis(u64::from(round)));
            run(&clone, &["pull", "--quiet", "--rebase", "origin", "main"])?;
        }
        Err(Error::Refused { detail: "the branch moved at every push".to_owned() })
    }

    /// The clone in which a human commits, up to date.
    fn clone_by_hand(&self) -> Result<PathBuf, Error> {
        let clone = self.folder.path().join("hand");
        if !clone.exists() {
            run(self.folder.path(), &["clone", "--quiet", "--", &self.url(), "hand"])?;
        }
        if self.tip("main")?.is_some() {
            run(&clone, &["fetch", "--quiet", "origin", "main"])?;
            run(&clone, &["reset", "--quiet", "--hard", "FETCH_HEAD"])?;
        }
        Ok(clone)
    }

    /// Refuses every push with a message.
    ///
    /// # Errors
    /// When the hook cannot be written.
    pub fn refuse_pushes(&self, message: &str) -> Result<(), Error> {
        hooks::install(&self.path(), "pre-receive", &hooks::refuse(message))
    }

    /// Refuses the next `count` pushes with a message and takes those after them.
    ///
    /// # Errors
    /// When the hook cannot be written.
    pub fn refuse_next_pushes(&self, count: u32, message: &str) -> Result<(), Error> {
        hooks::install(&self.path(), "pre-receive", &hooks::refuse_next(count, message))
    }

    /// Refuses every push with a commit that changes something at or below a path.
    ///
    /// # Errors
    /// When the hook cannot be written.
    pub fn refuse_pushes_touching(&self, path: &str, message: &str) -> Result<(), Error> {
        hooks::install(&self.path(), "pre-receive", &hooks::refuse_touching(path, message))
    }

    /// Makes every push take this much longer, before anything is changed.
    ///
    /// # Errors
    /// When the hook cannot be written.
    pub fn delay_pushes(&self, duration: Duration) -> Result<(), Error> {
        hooks::install(&self.path(), "pre-receive", &hooks::delay(duration))
    }

    /// Takes the next `count` pushes, but ends the connection before the client is told.
    ///
    /// # Errors
    /// When the hook cannot be written.
    pub fn lose_next_answers(&self, count: u32) -> Result<(), Error> {
        hooks::install(&self.path(), "reference-transaction", &hooks::lose_next(count))
    }

    /// Takes pushes as usual again.
    ///
    /// # Errors
    /// When a hook cannot be removed.
    pub fn remove_hooks(&self) -> Result<(), Error> {
        hooks::remove(&self.path())
    }

    fn paths(&self, arguments: &[&str]) -> Result<Vec<String>, Error> {
        let text = run(&self.path(), arguments)?;
        Ok(text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
    }
}

/// Whether a push failed only because somebody else was first.
fn has_moved(error: &Error) -> bool {
    let signs = ["non-fast-forward", "fetch first", "cannot lock ref", "incorrect old value", "failed to update ref"];
    matches!(error, Error::Failed { output, .. } if signs.iter().any(|sign| output.contains(sign)))
}

/// One block of data of a stream for `git fast-import`.
fn data(stream: &mut Vec<u8>, content: &[u8]) {
    stream.extend_from_slice(format!("data {}\n", content.len()).as_bytes());
    stream.extend_from_slice(content);
    stream.push(b'\n');
}

fn parse(text: &str) -> Commit {
    let mut parts = text.splitn(5, '\u{1f}').map(str::to_owned);
    let mut next = || parts.next().unwrap_or_default();
    let (id, parents, author, committer, message) = (next(), next(), next(), next(), next());
    let parents = parents.split_whitespace().map(str::to_owned).collect();
    Commit { id, parents, author, committer, message: message.trim_end().to_owned() }
}

/// The folder of a repository's hooks.
pub(super) fn hooks_folder(repository: &Path) -> PathBuf {
    repository.join("hooks")
}
