//! The users of the system, as `/etc/passwd` has them.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path};

use crate::Error;

/// A line `name:x:id:group:…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) id: u32,
    pub(crate) group: u32,
}

/// All users.
pub(crate) fn all() -> Result<Vec<User>, Error> {
    let path = Path::new("/etc/passwd");
    fs::read_to_string(path).map(|text| parse(&text)).map_err(Error::file(path))
}

/// The user who runs the tests.
pub(crate) fn own() -> Result<User, Error> {
    let id = own_id().ok_or_else(|| Error::Setup { what: "the user's name", reason: "no /proc/self".to_owned() })?;
    all()?.into_iter().find(|user| user.id == id).ok_or_else(|| Error::Missing {
        names: vec![format!("user {id}")],
        remedy: "sshd serves users with a line in /etc/passwd only".to_owned(),
    })
}

/// Whether root runs the tests.
pub(crate) fn is_root() -> bool {
    own_id() == Some(0)
}

fn own_id() -> Option<u32> {
    fs::metadata("/proc/self").ok().map(|own| own.uid())
}

fn parse(text: &str) -> Vec<User> {
    let user = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        Some(User { name, id: fields.nth(1)?.parse().ok()?, group: fields.next()?.parse().ok()? })
    };
    text.lines().filter_map(user).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_no_users_are_passed_over() {
        let users = parse("root:x:0:0::/root:/bin/sh\n# no user\npostgres:x:101:104::/:/bin/bash\n");
        let user = |name: &str, id, group| User { name: name.to_owned(), id, group };
        assert_eq!(users, [user("root", 0, 0), user("postgres", 101, 104)]);
    }
}
