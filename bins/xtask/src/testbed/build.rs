//! Builds what is missing, keyed by what pins it.

use std::{
    fs,
    io::{IsTerminal as _, Write as _},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use dploy_k8s::testing;
use dploy_servers::Requirement;
use sha2::{Digest as _, Sha256};

use super::{
    Error,
    catalog::{GROUPS, Group, Product},
};
use crate::{
    process::{self, Error as ProcessError},
    workspace,
};

/// Makes every product that is neither installed nor in the cache, and links those of the cache where tests look.
///
/// Says nothing of what is there already; leaves out what only the long tests need, unless `long` is set.
pub(crate) fn build(long: bool) -> Result<(), Error> {
    GROUPS.iter().filter(|group| long || !group.long).try_for_each(build_group)
}

/// Makes the products of one folder of the testbed that are missing or older than it.
pub(crate) fn build_folder(folder: &str) -> Result<(), Error> {
    GROUPS.iter().filter(|group| group.folder == folder).try_for_each(build_group)
}

fn build_group(group: &Group) -> Result<(), Error> {
    let assets = testing::assets_folder().ok_or(Error::NoCache)?;
    let cache = assets.parent().map(Path::to_owned).ok_or(Error::NoCache)?;
    create(&assets)?;
    let source = workspace::root().join("testbed").join(group.folder);
    let folder = cache.join(format!("{}-{}", group.folder, key(&source)?));
    group.products.iter().try_for_each(|product| provide(group, product, &source, &folder, &assets))
}

/// Says where each product is, and what the machine itself lacks.
pub(super) fn list() {
    for group in &GROUPS {
        for name in group.products.iter().map(Product::name) {
            match testing::locate(name) {
                Some(path) => println!("{name:<24} {}", path.display()),
                None if group.long => println!("{name:<24} missing; only long tests need it: testbed build --long"),
                None => println!("{name:<24} missing"),
            }
        }
    }
    list_requirements();
}

/// Says where the programs are that only the machine's own packages have.
pub(super) fn list_requirements() {
    for Requirement { name, package, path } in dploy_servers::requirements() {
        match path {
            Some(path) => println!("{name:<24} {}", path.display()),
            None => println!("{name:<24} missing: install the Debian package {package}"),
        }
    }
}

fn provide(group: &Group, product: &Product, source: &Path, folder: &Path, assets: &Path) -> Result<(), Error> {
    let name = product.name();
    let link = assets.join(name);
    if testing::locate(name).is_some_and(|path| path != link) {
        return Ok(());
    }
    let file = folder.join(name);
    if !file.is_file() {
        create(folder)?;
        // Finished files only, also when two builds run at once.
        let unfinished = folder.join(format!(".{name}.{}", std::process::id()));
        make(group, product, source, &unfinished)?;
        fs::rename(&unfinished, &file).map_err(ProcessError::file(&file))?;
    }
    if fs::read_link(&link).ok().as_ref() != Some(&file) {
        let fresh = assets.join(format!(".{name}.{}", std::process::id()));
        symlink(&file, &fresh).map_err(ProcessError::file(&fresh))?;
        fs::rename(&fresh, &link).map_err(ProcessError::file(&link))?;
    }
    Ok(())
}

fn make(group: &Group, product: &Product, source: &Path, target: &Path) -> Result<(), Error> {
    match product {
        Product::Program { name, package, ldflags } => {
            let mut go = Command::new("go");
            go.current_dir(source);
            go.args(["build", "-trimpath", "-buildvcs=false", "-ldflags", ldflags, "-o"]).arg(target).arg(package);
            compile(name, &mut go)
        }
        Product::Manifests { name, files } => {
            let mut text = String::new();
            for (module, file) in *files {
                text.push_str(&manifests(source, module, file)?);
            }
            println!("{name:<24} from the module of {}", group.folder);
            fs::write(target, text).map_err(ProcessError::file(target)).map_err(Into::into)
        }
    }
}

/// Runs the compiler with a line that tells the seconds.
fn compile(name: &str, go: &mut Command) -> Result<(), Error> {
    let start = Instant::now();
    let child = go.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let child = child.map_err(|_| Error::NoGo { missing: name.to_owned() })?;
    let live = std::io::stdout().is_terminal();
    if !live {
        println!("{name:<24} building …");
    }
    let (status, output) = wait(child, || {
        if live {
            print!("\r{name:<24} building … {} s", start.elapsed().as_secs());
            drop(std::io::stdout().flush());
        }
    })
    .map_err(|source| ProcessError::Start { program: "go".to_owned(), source })?;
    let clear = if live { "\r\x1b[K" } else { "" };
    if status.success() {
        println!("{clear}{name:<24} built in {} s", start.elapsed().as_secs());
        Ok(())
    } else {
        println!("{clear}{name:<24} failed after {} s", start.elapsed().as_secs());
        Err(ProcessError::Failed { program: "go build".to_owned(), status: status.to_string(), output }.into())
    }
}

/// Waits for a child, telling that time passes; returns what it wrote to standard error.
fn wait(mut child: Child, mut tick: impl FnMut()) -> std::io::Result<(std::process::ExitStatus, String)> {
    let errors = child.stderr.take();
    let reader = thread::spawn(move || errors.map(std::io::read_to_string).transpose());
    let status = loop {
        tick();
        if let Some(status) = child.try_wait()? {
            break status;
        }
        thread::sleep(Duration::from_millis(200));
    };
    let written = reader.join().ok().and_then(Result::ok).flatten().unwrap_or_default();
    Ok((status, written))
}

/// The files of a module at its pinned version, each as documents of its own.
fn manifests(source: &Path, module: &str, path: &str) -> Result<String, Error> {
    download(source, module)?;
    let mut go = Command::new("go");
    go.current_dir(source).args(["list", "-m", "-f", "{{.Dir}}", module]);
    let folder = PathBuf::from(process::output(&mut go)?.trim());
    let path_of_files = folder.join(path);
    let mut files = if path.ends_with('/') {
        workspace::files(&path_of_files).map_err(ProcessError::file(&path_of_files))?
    } else {
        vec![path_of_files]
    };
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    if files.is_empty() {
        return Err(Error::NoFile { module: module.to_owned(), file: path.to_owned() });
    }
    let mut text = String::new();
    for file in files {
        text.push_str("---\n");
        text.push_str(fs::read_to_string(&file).map_err(ProcessError::file(&file))?.trim_end());
        text.push('\n');
    }
    Ok(text)
}

/// Programs may have come from elsewhere; then the module itself is not there yet.
fn download(source: &Path, module: &str) -> Result<(), Error> {
    let mut go = Command::new("go");
    go.current_dir(source).args(["mod", "download", module]);
    match process::output(&mut go) {
        Err(ProcessError::Start { .. }) => Err(Error::NoGo { missing: format!("files of {module}") }),
        outcome => outcome.map(drop).map_err(Into::into),
    }
}

/// A digest of everything in a group's folder: go.mod and go.sum, and sources where they are ours.
fn key(folder: &Path) -> Result<String, Error> {
    let mut digest = Sha256::new();
    for file in workspace::files(folder).map_err(ProcessError::file(folder))? {
        let content = fs::read(&file).map_err(ProcessError::file(&file))?;
        let name = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().into_owned();
        digest.update(format!("{name}\0{}\0", content.len()));
        digest.update(content);
    }
    Ok(digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

fn create(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(ProcessError::file(folder)).map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_follows_every_file_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("go.sum"), "a").unwrap();
        let first = key(folder.path()).unwrap();
        assert_eq!(first, key(folder.path()).unwrap());
        assert_eq!(first.len(), 16);
        fs::write(folder.path().join("go.sum"), "b").unwrap();
        let second = key(folder.path()).unwrap();
        fs::write(folder.path().join("main.go"), "").unwrap();
        assert!(first != second && second != key(folder.path()).unwrap());
    }

    #[test]
    fn every_group_is_a_module_of_the_testbed() {
        let testbed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testbed");
        for group in &GROUPS {
            assert!(testbed.join(group.folder).join("go.mod").is_file(), "{}", group.folder);
        }
    }
}
