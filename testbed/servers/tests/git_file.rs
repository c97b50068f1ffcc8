//! A repository by file, its helpers and its hooks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::{path::Path, process::Command, time::Duration};

use dploy_servers::{Error, GitRepository, required};

/// Runs git in a folder; what it says when it fails is the error.
fn git(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut git = Command::new("git");
    git.current_dir(folder).args(["-c", "user.name=T", "-c", "user.email=t@example.org"]).args(arguments);
    let output = git.env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// Commits a file in a clone and pushes it.
fn push(clone: &Path, path: &str) -> Result<String, String> {
    std::fs::write(clone.join(path), path).unwrap();
    git(clone, &["add", "."])?;
    git(clone, &["commit", "--quiet", "-m", &format!("Add {path}\n\nDploy-App: shop")])?;
    git(clone, &["push", "--quiet", "origin", "HEAD:main"])
}

#[test]
fn an_empty_repository_takes_a_first_commit_by_hand() -> Result<(), Error> {
    let Some(repository) = required(GitRepository::empty())? else { return Ok(()) };
    assert_eq!((repository.tip("main")?, repository.log("main")?, repository.tree("main")?), (None, vec![], vec![]));
    let id = repository.commit_by_hand("a/b.txt", "one")?;
    assert_eq!(repository.tip("main")?, Some(id.clone()));
    assert_eq!(repository.changes(&id)?, ["a/b.txt"]);
    assert_eq!(repository.file("main", "a/b.txt")?, Some(b"one".to_vec()));
    assert_eq!(repository.file("main", "a/c.txt")?, None);
    repository.check()
}

#[test]
fn the_log_tells_authors_and_trailers() -> Result<(), Error> {
    let Some(repository) = required(GitRepository::start())? else { return Ok(()) };
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["clone", "--quiet", &repository.url(), "."]).unwrap();
    push(folder.path(), "x.txt").unwrap();
    let by_hand = repository.commit_by_hand("y.txt", "y")?;
    let log = repository.log("main")?;
    assert_eq!(log.iter().map(|commit| commit.subject()).collect::<Vec<_>>(), ["By hand: y.txt", "Add x.txt", "Begin"]);
    assert_eq!((log[0].id.as_str(), &log[0].parents), (by_hand.as_str(), &vec![log[1].id.clone()]));
    assert_eq!((log[1].author.as_str(), log[1].trailer("Dploy-App")), ("T <t@example.org>", vec!["shop"]));
    assert_eq!(repository.tree("main")?, ["README.md", "x.txt", "y.txt"]);
    Ok(())
}

#[test]
fn a_thousand_files_are_seeded_at_once_and_commits_follow() -> Result<(), Error> {
    let Some(repository) = required(GitRepository::empty())? else { return Ok(()) };
    repository.seed("main", "Seed", (0..1000).map(|n| (format!("apps/{n}/a.yaml"), format!("n: {n}\n"))))?;
    repository.seed("main", "More", [("apps/5/a.yaml", "changed")])?;
    assert_eq!((repository.tree("main")?.len(), repository.log("main")?.len()), (1000, 2));
    assert_eq!(repository.file("main", "apps/5/a.yaml")?, Some(b"changed".to_vec()));
    repository.check()
}

#[test]
fn hooks_refuse_what_they_are_told_to() -> Result<(), Error> {
    let Some(repository) = required(GitRepository::start())? else { return Ok(()) };
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["clone", "--quiet", &repository.url(), "."]).unwrap();
    let again = || git(folder.path(), &["push", "--quiet", "origin", "HEAD:main"]);

    repository.refuse_pushes("not o'clock")?;
    assert!(push(folder.path(), "a.txt").unwrap_err().contains("not o'clock"));
    repository.refuse_next_pushes(2, "later")?;
    assert!(again().unwrap_err().contains("later") && again().is_err() && again().is_ok());

    repository.refuse_pushes_touching("b.txt", "frozen")?;
    push(folder.path(), "c.txt").unwrap();
    assert!(push(folder.path(), "b.txt").unwrap_err().contains("frozen"));
    git(folder.path(), &["commit", "--quiet", "--allow-empty", "-m", "On top"]).unwrap();
    assert!(again().unwrap_err().contains("frozen"), "also when a later commit does not touch it");

    repository.remove_hooks()?;
    repository.lose_next_answers(1)?;
    let tip = repository.tip("main")?;
    assert!(again().is_err() && repository.tip("main")? != tip, "taken, and not told");
    push(folder.path(), "d.txt").unwrap();
    repository.delay_pushes(Duration::from_millis(10))?;
    push(folder.path(), "e.txt").unwrap();
    Ok(())
}

#[test]
fn humans_and_machines_push_at_the_same_time() -> Result<(), Error> {
    let Some(repository) = required(GitRepository::start())? else { return Ok(()) };
    let machine = std::thread::scope(|scope| {
        let machine = scope.spawn(|| {
            let folder = tempfile::tempdir().unwrap();
            git(folder.path(), &["clone", "--quiet", &repository.url(), "."]).unwrap();
            (0..5)
                .filter(|n| {
                    let _ = push(folder.path(), &format!("m{n}.txt"));
                    (0..50).any(|_| {
                        git(folder.path(), &["pull", "--quiet", "--rebase", "origin", "main"]).unwrap();
                        git(folder.path(), &["push", "--quiet", "origin", "HEAD:main"]).is_ok()
                    })
                })
                .count()
        });
        for n in 0..5 {
            repository.commit_by_hand(&format!("h{n}.txt"), "h").unwrap();
        }
        machine.join().unwrap()
    });
    assert_eq!((machine, repository.tree("main")?.len(), repository.log("main")?.len()), (5, 11, 11));
    repository.check()
}
