//! A gitops repository of many applications, and what the git program alone makes of it.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use dploy_servers::GitRepository;

use super::{archive::manifests, error::Error};
use crate::process;

const FOLDER: &str = "environments/staging/apps";

/// The repository, with one folder for each application and a list that names them all.
pub(super) struct Remote {
    pub(super) repository: GitRepository,
    count: AtomicUsize,
}

impl Remote {
    pub(super) fn of(applications: usize) -> Result<Self, Error> {
        let repository = GitRepository::start()?;
        if applications > 0 {
            let names: Vec<String> = (0..applications).map(|n| format!("app-{n:05}")).collect();
            let list: String = names.iter().map(|name| format!("- {name}\n")).collect();
            let head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n";
            let list = (format!("{FOLDER}/kustomization.yaml"), format!("{head}{list}"));
            let folders = names.iter().flat_map(|name| files(name));
            repository.seed("main", "Applications", std::iter::once(list).chain(folders))?;
        }
        Ok(Self { repository, count: AtomicUsize::new(0) })
    }

    /// A commit of somebody else, so that the next deployment has something to fetch.
    pub(super) fn move_on(&self) -> Result<(), Error> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        Ok(self.repository.seed("main", "By hand", [(format!("notes/{number}.md"), "A note.\n")])?)
    }

    /// How long the git program takes for a new application: a fresh clone, a commit and a push.
    pub(super) fn by_git(&self, app: &str) -> Result<Duration, Error> {
        let folder = tempfile::Builder::new().prefix("dploy-bench-").tempdir();
        let folder = folder.map_err(process::Error::file("a folder"))?;
        let clone = folder.path().join("clone");
        let started = Instant::now();
        git(folder.path(), &["clone", "--quiet", "--", &self.repository.url(), "clone"])?;
        for (path, text) in files(app) {
            let path = clone.join(path);
            let parent = path.parent().unwrap_or(&clone);
            fs::create_dir_all(parent).map_err(process::Error::file(parent))?;
            fs::write(&path, text).map_err(process::Error::file(&path))?;
        }
        let list = clone.join(FOLDER).join("kustomization.yaml");
        let opened = File::options().append(true).create(true).open(&list);
        let listed = opened.and_then(|mut list| writeln!(list, "- {app}"));
        listed.map_err(process::Error::file(&list))?;
        git(&clone, &["add", "--", FOLDER])?;
        git(&clone, &["commit", "--quiet", "-m", &format!("Deploy {app}")])?;
        git(&clone, &["push", "--quiet", "origin", "HEAD:refs/heads/main"])?;
        Ok(started.elapsed())
    }
}

fn files(app: &str) -> Vec<(String, String)> {
    let own = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- deployment.yaml\n- service.yaml\n";
    let own = [("kustomization.yaml", own.to_owned())];
    let all = manifests(app).into_iter().chain(own);
    all.map(|(path, text)| (format!("{FOLDER}/{app}/{path}"), text)).collect()
}

fn git(folder: &Path, arguments: &[&str]) -> Result<(), Error> {
    let mut command = Command::new("git");
    command.current_dir(folder).args(arguments);
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_AUTHOR_NAME", "Git"),
        ("GIT_AUTHOR_EMAIL", "git@example.org"),
        ("GIT_COMMITTER_NAME", "Git"),
        ("GIT_COMMITTER_EMAIL", "git@example.org"),
    ] {
        command.env(name, value);
    }
    Ok(process::output(&mut command).map(drop)?)
}
