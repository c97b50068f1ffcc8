//! Who works on the branch without asking anybody.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use dploy_servers::GitRepository;

/// What a human did to the branch.
#[derive(Clone, Debug)]
pub(crate) struct ByHand {
    pub(crate) commit: String,
    pub(crate) path: String,
    pub(crate) text: String,
}

impl ByHand {
    /// Commits and pushes a file.
    pub(crate) fn commit(remote: &GitRepository, path: &str, text: &str) -> Self {
        let commit = remote.commit_by_hand(path, text).unwrap();
        Self { commit, path: path.to_owned(), text: text.to_owned() }
    }
}

/// Commits by hand all the time until it is told to end.
pub(crate) fn hand_at_work(remote: &Arc<GitRepository>, pause: Duration) -> (Arc<AtomicBool>, JoinHandle<Vec<ByHand>>) {
    let (ends, remote) = (Arc::new(AtomicBool::new(false)), Arc::clone(remote));
    let told = Arc::clone(&ends);
    let hand = thread::spawn(move || {
        let mut done = Vec::new();
        while !told.load(Ordering::SeqCst) {
            let number = done.len();
            done.push(ByHand::commit(&remote, &format!("notes/{}.txt", number % 7), &format!("{number}")));
            thread::sleep(pause);
        }
        done
    });
    (ends, hand)
}
