use serde_json::{Value, json};

/// The group that may do everything.
const MASTERS: &str = "system:masters";

/// The users every cluster knows, all of them in `system:masters`; apart from
/// the first they exist so that the audit log can tell programs apart.
const KNOWN: [&str; 9] = [
    "admin",
    "operator",
    "api",
    "stub",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "source-controller",
    "helm-controller",
];

/// One user of the cluster, known to it by a token.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) name: String,
    groups: Vec<String>,
}

impl User {
    pub(super) fn new(name: &str, groups: &[&str]) -> Self {
        Self { name: name.to_owned(), groups: groups.iter().map(|group| (*group).to_owned()).collect() }
    }

    pub(super) fn token(&self) -> String {
        format!("{}-token", self.name)
    }
}

/// The known users, those of `further` added or put in their place.
pub(super) fn all(further: &[User]) -> Vec<User> {
    let known = KNOWN.iter().filter(|name| further.iter().all(|user| user.name != **name));
    known.map(|name| User::new(name, &[MASTERS])).chain(further.iter().cloned()).collect()
}

/// The API server's `--token-auth-file`: token, name, uid, groups.
pub(super) fn token_file(users: &[User]) -> String {
    let line = |user: &User| format!("{},{},{},\"{}\"\n", user.token(), user.name, user.name, user.groups.join(","));
    users.iter().map(line).collect()
}

/// A kubeconfig with a context for each user, named like the user; `current` is the chosen one.
pub(super) fn kubeconfig(server: &str, ca_file: &str, users: &[User], current: &str) -> Value {
    let credentials = |user: &User| json!({ "name": user.name, "user": { "token": user.token() } });
    let context = |user: &User| json!({ "name": user.name, "context": { "cluster": "testbed", "user": user.name } });
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": "testbed", "cluster": { "server": server, "certificate-authority": ca_file } }],
        "users": users.iter().map(credentials).collect::<Vec<_>>(),
        "contexts": users.iter().map(context).collect::<Vec<_>>(),
        "current-context": current,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_further_user_takes_the_place_of_a_known_one() {
        let users = all(&[User::new("operator", &["team:a", "team:b"])]);
        let file = token_file(&users);
        assert_eq!(file.matches(",operator,").count(), 1);
        assert!(file.contains("operator-token,operator,operator,\"team:a,team:b\"\n"), "{file}");
        assert!(file.starts_with("admin-token,admin,admin,\"system:masters\"\n"), "{file}");
    }
}
