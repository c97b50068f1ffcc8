//! What each file is for, once all are known.

use std::collections::{BTreeMap, BTreeSet};

use crate::releases::file::FilePath;

use super::{
    Manifests, ObjectRef, Problem,
    checker::{Checker, Facts, Kind},
    folder::{Leads, folder, follow},
    kustomization::{NAMES, Reference, Use},
    problem::{Findings, shown},
};

/// What kustomizations name.
#[derive(Debug, Default)]
struct Named {
    /// Files, with the most that is asked of them.
    files: BTreeMap<String, Use>,
    /// Folders with a kustomization.
    folders: BTreeSet<String>,
}

/// Decides on every file, and tells what is wrong.
pub(super) fn resolve(checker: &mut Checker) -> Manifests {
    let files = std::mem::take(&mut checker.files);
    let named = follow_all(&files, checker);
    let kustomized: BTreeSet<String> = files
        .iter()
        .filter(|(_, facts)| facts.kind == Kind::Kustomization)
        .map(|(path, _)| folder(path.as_str()).to_owned())
        .collect();
    one_kustomization_each(&files, checker);
    let mut manifests =
        Manifests { files: Vec::new(), resources: Vec::new(), objects: Vec::new(), has_kustomization: None };
    for (path, facts) in files {
        decide(path, facts, &named, &kustomized, checker, &mut manifests);
    }
    let listed = kustomized.iter().filter(|at| !at.is_empty() && !named.folders.contains(*at));
    manifests.resources.extend(listed.cloned());
    manifests.resources.sort();
    manifests.objects.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    refuse_duplicates(&manifests.objects, checker);
    if manifests.files.is_empty() && checker.found.is_empty() {
        let message = "the archive holds no manifests; at least one .yaml or .yml file with an object is accepted";
        checker.found.push(Problem { file: String::new(), line: None, message: message.to_owned() });
    }
    manifests
}

/// Takes one file in, or tells what is wrong with it.
fn decide(
    path: FilePath,
    facts: Facts,
    named: &Named,
    kustomized: &BTreeSet<String>,
    checker: &mut Checker,
    manifests: &mut Manifests,
) {
    let named = named.files.get(path.as_str()).copied();
    let used = match (facts.kind, named) {
        (Kind::Version | Kind::Kustomization | Kind::Yaml, None) => Some(Use::Resource),
        (Kind::Version | Kind::Kustomization, Some(_)) => Some(Use::Resource),
        (_, named) => named,
    };
    let tell = |findings: Findings, checker: &mut Checker| {
        findings.tell(path.as_str(), &mut checker.found, &mut checker.untold);
    };
    if facts.kind == Kind::Other && used.is_none() {
        tell(facts.findings, checker);
        return;
    }
    if matches!(used, Some(Use::Resource | Use::Fragment)) && facts.kind != Kind::Other {
        tell(facts.syntax, checker);
    }
    if used == Some(Use::Resource) {
        tell(facts.findings, checker);
    }
    if used.is_none() || facts.kind == Kind::Version {
        return;
    }
    if facts.kind == Kind::Kustomization && folder(path.as_str()).is_empty() {
        manifests.has_kustomization = Some(path.clone());
    }
    if used == Some(Use::Resource) && facts.kind != Kind::Kustomization {
        manifests.objects.extend(facts.objects);
        if !covered(folder(path.as_str()), kustomized) {
            manifests.resources.push(path.to_string());
        }
    }
    manifests.files.push(path);
}

/// Whether a folder, or one that it lies in, has a kustomization of its own; the one at the top does not count.
fn covered(mut at: &str, kustomized: &BTreeSet<String>) -> bool {
    while !at.is_empty() {
        if kustomized.contains(at) {
            return true;
        }
        at = folder(at);
    }
    false
}

/// Looks up everything that kustomizations name.
fn follow_all(files: &BTreeMap<FilePath, Facts>, checker: &mut Checker) -> Named {
    let paths: BTreeSet<&str> = files.keys().map(FilePath::as_str).collect();
    let mut named = Named::default();
    for (path, facts) in files.iter().filter(|(_, facts)| facts.kind == Kind::Kustomization) {
        let mut findings = Findings::default();
        for reference in &facts.references {
            if let Err(problem) = look_up(path.as_str(), reference, &paths, &mut named) {
                let name = shown(&reference.name);
                findings.add(reference.line, format!("{} names `{name}`, {problem}", reference.field));
            }
        }
        findings.tell(path.as_str(), &mut checker.found, &mut checker.untold);
    }
    named
}

fn look_up(by: &str, reference: &Reference, paths: &BTreeSet<&str>, named: &mut Named) -> Result<(), &'static str> {
    let at = match follow(folder(by), &reference.name) {
        Leads::To(at) => at,
        Leads::Outside => return Err("which leads out of the archive; files inside are accepted"),
        Leads::Remote => return Err("which is remote; files inside the archive are accepted"),
    };
    let prefix = if at.is_empty() { String::new() } else { format!("{at}/") };
    if reference.folder != Some(false) && NAMES.iter().any(|name| paths.contains(format!("{prefix}{name}").as_str())) {
        if at == folder(by) {
            return Err("which is its own folder");
        }
        named.folders.insert(at);
        return Ok(());
    }
    if reference.folder == Some(true) || !paths.contains(at.as_str()) {
        let missing = match reference.folder {
            Some(true) => "which is no folder with a kustomization in the archive",
            Some(false) => "which is no file of the archive",
            None => "which is neither a file of the archive nor a folder with a kustomization",
        };
        return Err(missing);
    }
    check_name(&at, reference)?;
    let used = named.files.entry(at).or_insert(reference.used);
    *used = (*used).max(reference.used);
    Ok(())
}

/// A file can only be used for what its name is read as.
fn check_name(at: &str, reference: &Reference) -> Result<(), &'static str> {
    let name = at.rsplit('/').next().unwrap_or_default();
    if matches!(at, "version.yml" | "version.yaml") {
        return Err("which is never deployed");
    }
    if NAMES.contains(&name) && reference.used != Use::Data {
        return Err("which is a kustomization; its folder is accepted");
    }
    let readable = [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end));
    if reference.used == Use::Resource && !readable {
        return Err("which ends in none of .yaml, .yml and .json");
    }
    Ok(())
}

/// kustomize refuses a folder with two kustomizations.
fn one_kustomization_each(files: &BTreeMap<FilePath, Facts>, checker: &mut Checker) {
    let mut seen: BTreeMap<&str, &FilePath> = BTreeMap::new();
    for path in files.iter().filter(|(_, facts)| facts.kind == Kind::Kustomization).map(|(path, _)| path) {
        if let Some(first) = seen.insert(folder(path.as_str()), path) {
            let message = format!("a second kustomization beside `{}`; one is accepted in a folder", first.name());
            checker.found.push(Problem { file: path.to_string(), line: None, message });
        }
    }
}

/// Two objects of one type, namespace and name would overwrite one another.
fn refuse_duplicates(objects: &[ObjectRef], checker: &mut Checker) {
    fn id(object: &ObjectRef) -> (&str, &str, Option<&str>, &str) {
        (&object.api_version, &object.kind, object.namespace.as_deref(), &object.name)
    }
    let mut order: Vec<&ObjectRef> = objects.iter().collect();
    // Stable: within one identity they stay in the order of files and lines.
    order.sort_by(|a, b| id(a).cmp(&id(b)));
    for pair in order.windows(2) {
        let [first, second] = pair else { continue };
        if id(first) == id(second) {
            let message = format!(
                "{} {} stands in {}:{} already; each object is accepted once",
                shown(&second.kind),
                shown(&second.name),
                first.file,
                first.line
            );
            checker.found.push(Problem { file: second.file.clone(), line: Some(second.line), message });
        }
    }
}
