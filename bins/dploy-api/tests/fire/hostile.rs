//! Archives that strangers make, uploaded and published at a real process.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use dploy_api::SystemClock;
use dploy_core::artifact::{ArtifactKey, ArtifactStore as _};
use dploy_servers::{Error, GitRepository, required};
use dploy_storage::object::folder::FolderArtifacts;
use flate2::Compression;
use futures::{StreamExt as _, future::ready};

use crate::{
    build::{Tar, gzip, gzip_at, gzip_repeated, header, record},
    entries,
    site::Api,
    user::User,
};

const MIB: usize = 1 << 20;
/// What the program may have resident, as the issue has it.
const MOST: u64 = 100 << 20;

/// What a publish of such an archive is answered.
type Told = (u16, &'static str);
const ARCHIVE: Told = (422, "invalid_archive");
const LARGE: Told = (413, "too_large");
const MANIFESTS: Told = (400, "validation_failed");

/// An archive, and the answers that it may get.
struct Case {
    name: String,
    archive: Arc<[u8]>,
    told: Vec<Told>,
}

fn case(name: &str, archive: impl Into<Arc<[u8]>>, told: Told) -> Case {
    Case { name: name.to_owned(), archive: archive.into(), told: vec![told] }
}

fn named(name: &[u8]) -> Arc<[u8]> {
    Tar::default().file("a.yaml", &object("a", "")).entry(b'0', name, b"x").packed()
}

fn manifest(text: &str) -> Arc<[u8]> {
    Tar::default().file("a.yaml", text).packed()
}

fn object(name: &str, data: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: {name} }}\n{data}")
}

/// Letters that pack badly.
fn letters(count: usize) -> String {
    let mut state = 7_u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + (state >> 33) as u8 % 26)
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// Paths and kinds that reach out of the archive, or mean two things.
fn entries_of_strangers() -> Vec<Case> {
    let mut cases: Vec<Case> = [
        &b"../x.yaml"[..],
        b"a/../../x.yaml",
        b"..\\..\\x.yaml",
        b"/etc/cron.d/x.yaml",
        b"C:/x.yaml",
        b".git/hooks/post-checkout",
        b"GIT~1/config",
        b"a\nb.yaml",
        b"a\xff.yaml",
        &b"d/".repeat(40),
    ]
    .into_iter()
    .map(|name| case(&String::from_utf8_lossy(name).escape_debug().to_string(), named(name), ARCHIVE))
    .collect();
    for kind in [b'1', b'2', b'3', b'4', b'6', b'7', b'S', b'K', b'V'] {
        let tar = Tar::default().file("a.yaml", &object("a", "")).raw(&header(kind, b"x.yaml", 0));
        cases.push(case(&format!("an entry of kind {}", char::from(kind)), tar.packed(), ARCHIVE));
    }
    let tar = Tar::default;
    cases.extend([
        case("the same name twice", tar().file("a.yaml", "1").file("a.yaml", "2").packed(), ARCHIVE),
        case("names equal but for case", tar().file("a.yaml", "1").file("A.YAML", "2").packed(), ARCHIVE),
        case("names equal in Unicode", tar().file("\u{e9}.yaml", "1").file("e\u{301}.yaml", "2").packed(), ARCHIVE),
        case("a file and a folder", tar().file("a", "1").file("a/b.yaml", "2").packed(), ARCHIVE),
        case("a size in pax", tar().pax(&[("size", b"1024")]).file("a.yaml", "1").packed(), ARCHIVE),
        case("two paths in pax", tar().pax(&[("path", b"a"), ("path", b"../b")]).file("c", "1").packed(), ARCHIVE),
        case("a link in pax", tar().pax(&[("linkpath", b"/etc/passwd")]).file("c", "1").packed(), ARCHIVE),
        case("a sparse file in pax", tar().pax(&[("GNU.sparse.major", b"1")]).file("c", "1").packed(), ARCHIVE),
        case("a path for all", tar().entry(b'g', b"g", &record("path", b"x")).file("c", "1").packed(), ARCHIVE),
        case("nothing", tar().packed(), MANIFESTS),
    ]);
    cases
}

/// Archives that end too early, or go on behind their end.
fn ends() -> Vec<Case> {
    let whole = Tar::default().file("a.yaml", &object("a", "")).file("b.yaml", &object("b", "")).end();
    let packed = gzip(&whole);
    vec![
        case("no bytes", Vec::new(), ARCHIVE),
        case("text", b"kind: Service\n".repeat(100), ARCHIVE),
        case("a zip", b"PK\x03\x04".to_vec(), ARCHIVE),
        case("a tar that is not packed", whole.clone(), ARCHIVE),
        case("cut between two entries", gzip(&Tar::default().file("a.yaml", &object("a", "")).0), ARCHIVE),
        case("cut in an entry", gzip(&whole[..700]), ARCHIVE),
        case("cut when packed", packed[..packed.len() / 2].to_vec(), ARCHIVE),
        case("a second tar", gzip(&[&whole[..], &whole].concat()), ARCHIVE),
        case("a second member", [&packed[..], &packed].concat(), ARCHIVE),
        case("a file that is not there", gzip(&header(b'0', b"a.yaml", 5 << 20)), ARCHIVE),
    ]
}

/// Archives that would fill memory or disk.
fn bombs() -> Vec<Case> {
    let zeros = vec![0; MIB];
    let distinct: Vec<u8> = (0..2_001).flat_map(|n| header(b'0', format!("{n}.yaml").as_bytes(), 0)).collect();
    let again = header(b'0', b"again.yaml", 0).repeat(1_000);
    let folder = header(b'5', b"a", 0).to_vec();
    let global = Tar::default().entry(b'g', b"p", &record("comment", &vec![b'c'; 60_000])).0;
    let allowed = gzip_at(Compression::fast(), |out| {
        use std::io::Write as _;
        for n in 0..12 {
            out.write_all(&header(b'0', format!("{n}.yaml").as_bytes(), 5 << 20)).unwrap();
            (0..5).for_each(|_| out.write_all(&zeros).unwrap());
        }
        out.write_all(&[0; 1024]).unwrap();
    });
    vec![
        case("a file of 400 MiB", gzip_repeated(&header(b'0', b"a.yaml", 400 << 20), &zeros, 400), LARGE),
        case("a line of 100 MB", gzip_repeated(&header(b'0', b"a.yaml", 100 << 20), &vec![b'a'; MIB], 100), LARGE),
        case("100 MiB behind the end", gzip_repeated(&[&folder[..], &[0; 1024]].concat(), &zeros, 100), LARGE),
        case("twelve files of 5 MiB", allowed, LARGE),
        case("a million files", gzip_repeated(&distinct, &again, 1_000), LARGE),
        case("a million folders", gzip_repeated(&folder, &folder.repeat(1_000), 1_000), LARGE),
        case("500 headers for all", gzip_repeated(&[], &global.repeat(2), 500), LARGE),
        case("a name of 4 GiB", gzip_repeated(&header(b'L', b"@", 1 << 32), &vec![b'n'; MIB], 4), ARCHIVE),
        case("more than is accepted", letters(11 * MIB).into_bytes(), LARGE),
    ]
}

/// Manifests that are small and mean much, or are as large as allowed.
fn yaml() -> Vec<Case> {
    let aliases: String = (1..10).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, n| {
        let last = format!("*a{}", n - 1);
        format!("{text}a{n}: &a{n} [{}]\n", vec![last; 9].join(", "))
    });
    let numbers: Vec<String> = letters(MIB).bytes().map(|letter| letter.to_string()).collect();
    let documents: String = (0..10_001).map(|n| format!("---\n{}", object(&format!("o{n}"), ""))).collect();
    let line = letters(4 * MIB);
    let mut cases = vec![
        case("a billion laughs", manifest(&object("a", &aliases)), MANIFESTS),
        case("an alias of itself", manifest("a: &a [*a]\n"), MANIFESTS),
        case("brackets, deep", manifest(&"[".repeat(100_000)), MANIFESTS),
        case("maps, deep", manifest(&format!("{}x", "a: {".repeat(50_000))), MANIFESTS),
        case("10,001 objects", manifest(&documents), MANIFESTS),
        case("no YAML", manifest(&format!("a: '{}", letters(MIB))), MANIFESTS),
        case("a million numbers", manifest(&format!("[{}]", numbers.join(","))), MANIFESTS),
        case("a key of 4 MiB", manifest(&format!("{line}: 1\n")), MANIFESTS),
    ];
    let long = Case {
        told: vec![(200, "")],
        ..case("a line of 4 MiB", manifest(&object("a", &format!("data: {{ a: {line} }}\n"))), MANIFESTS)
    };
    cases.push(long);
    cases
}

/// What the fuzz targets begin with.
fn corpus() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dploy-storage/fuzz/corpus");
    let mut cases = Vec::new();
    for (target, pack) in [("archive", entries::archived as fn(&[u8]) -> Vec<u8>), ("manifest", packed_files)] {
        for entry in fs::read_dir(folder.join(target)).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{target}/{}", entry.file_name().display());
            let archive = pack(&fs::read(entry.path()).unwrap()).into();
            cases.push(Case { name, archive, told: vec![(200, ""), ARCHIVE, LARGE, MANIFESTS] });
        }
    }
    assert!(cases.len() >= 24, "{} inputs", cases.len());
    cases
}

fn packed_files(input: &[u8]) -> Vec<u8> {
    let files = entries::files(input);
    let tar =
        files.iter().fold(Tar::default(), |tar, file| tar.entry(b'0', file.path.as_str().as_bytes(), &file.bytes));
    tar.packed().to_vec()
}

/// Uploads and publishes it as that version; whether it was accepted.
async fn publish(user: &User, version: &str, case: &Case) -> bool {
    let uploaded = user.uploaded("web", version, case.archive.to_vec()).await.unwrap();
    let (status, body) = match uploaded {
        (200, _) => user.publish("web", version).await.unwrap(),
        // What is larger than any archive may be is not even taken.
        other => other,
    };
    let code = body["error"]["code"].as_str().unwrap_or_default();
    assert!(case.told.contains(&(status, code)), "{}: {status} {body}", case.name);
    let found = user.get(&format!("/apps/web/versions/{version}")).await;
    assert_eq!(found["status"] == "published", status == 200, "{}: {found}", case.name);
    status == 200
}

/// How many archives the folder has for published versions.
async fn published(folder: &Path) -> usize {
    let artifacts = FolderArtifacts::open(folder, Arc::new(SystemClock)).unwrap();
    artifacts.list(&ArtifactKey::parse("published").unwrap()).filter(|entry| ready(entry.is_ok())).count().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s17_s24_s25_s26_w09_w10_what_strangers_make_is_refused_in_bounded_memory() -> Result<(), Error> {
    let Some(remote) = required(GitRepository::start())? else { return Ok(()) };
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let api = Api::start(&BTreeMap::from([
        ("DB_PATH", of("records.db")),
        ("ARTIFACT_STORE", "folder".to_owned()),
        ("ARTIFACT_FOLDER", of("artifacts")),
        ("GITOPS_REPO", remote.url()),
        ("GITOPS_DATA_FOLDER", of("clones")),
    ]))
    .await;
    let user = api.user();
    user.register("web").await;
    // What the program needs for an archive as people make them, beside which strangers' ones are seen.
    let text: String = (0..2_000).map(|n| format!("---\n{}", object(&format!("o{n}"), &letters(40)))).collect();
    let large = Case { told: vec![(200, ""), MANIFESTS], ..case("an ordinary one", manifest(&text), MANIFESTS) };
    let mut accepted = usize::from(publish(&user, "ordinary", &large).await);
    let ordinary = api.peak();
    let cases: Vec<Case> = [entries_of_strangers(), ends(), bombs(), yaml(), corpus()].into_iter().flatten().collect();
    let mut peaks = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        api.forget_peak();
        accepted += usize::from(publish(&user, &format!("v{number}"), case).await);
        peaks.push((api.peak(), &case.name));
    }
    peaks.sort();
    peaks.reverse();
    eprintln!("{} archives, an ordinary one {} KiB", cases.len(), ordinary >> 10);
    peaks.iter().take(5).for_each(|(peak, name)| eprintln!("{} KiB: {name}", peak >> 10));
    assert!(peaks[0].0 < MOST, "{peaks:?}");
    assert_eq!(published(&folder.path().join("artifacts")).await, accepted, "nothing half-done stays behind");
    Ok(())
}
