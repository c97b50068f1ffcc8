//! What the testbed consists of: one Go module per group, in the order a run needs them.

/// One folder of `testbed/`: a Go module that pins what is made from it.
pub(super) struct Group {
    pub(super) folder: &'static str,
    pub(super) products: &'static [Product],
    /// Only the long tests need it.
    pub(super) long: bool,
}

impl Group {
    const fn new(folder: &'static str, products: &'static [Product]) -> Self {
        Self { folder, products, long: false }
    }

    const fn long(folder: &'static str, products: &'static [Product]) -> Self {
        Self { folder, products, long: true }
    }
}

/// One file that tests look up by its name.
pub(super) enum Product {
    /// A program built from a package.
    Program { name: &'static str, package: &'static str, ldflags: &'static str },
    /// Files of modules, one after another; a path that ends in a slash means every YAML file there.
    Manifests { name: &'static str, files: &'static [(&'static str, &'static str)] },
}

impl Product {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Program { name, .. } | Self::Manifests { name, .. } => name,
        }
    }
}

const STRIP: &str = "-s -w";

/// Without its version clients are told 0.0.0.
const KUBERNETES: &str = "-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3 \
    -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36";

const fn program(name: &'static str, package: &'static str) -> Product {
    Product::Program { name, package, ldflags: STRIP }
}

const fn kubernetes(name: &'static str, package: &'static str) -> Product {
    Product::Program { name, package, ldflags: KUBERNETES }
}

pub(super) const GROUPS: [Group; 10] = [
    Group::new("supervisor", &[program("testbed-supervisor", ".")]),
    Group::new("artifacts", &[program("testbed-artifacts", ".")]),
    Group::new("gotemplate", &[program("testbed-gotemplate", ".")]),
    Group::new("etcd", &[program("etcd", "go.etcd.io/etcd/server/v3")]),
    Group::new(
        "kube",
        &[
            kubernetes("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
            kubernetes("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager"),
            kubernetes("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler"),
            kubernetes("kubectl", "k8s.io/kubernetes/cmd/kubectl"),
        ],
    ),
    Group::new(
        "kwok",
        &[
            program("kwok", "sigs.k8s.io/kwok/cmd/kwok"),
            Product::Manifests {
                name: "kwok-stages.yaml",
                files: &[
                    ("sigs.k8s.io/kwok", "kustomize/stage/node/fast/node-initialize.yaml"),
                    ("sigs.k8s.io/kwok", "kustomize/stage/node/heartbeat-with-lease/node-heartbeat-with-lease.yaml"),
                    ("sigs.k8s.io/kwok", "kustomize/stage/pod/fast/pod-complete.yaml"),
                    ("sigs.k8s.io/kwok", "kustomize/stage/pod/fast/pod-delete.yaml"),
                    ("sigs.k8s.io/kwok", "kustomize/stage/pod/fast/pod-ready.yaml"),
                ],
            },
        ],
    ),
    Group::new(
        "flux",
        &[
            program("source-controller", "github.com/fluxcd/source-controller"),
            program("helm-controller", "github.com/fluxcd/helm-controller"),
            Product::Manifests {
                name: "flux-crds.yaml",
                files: &[
                    ("github.com/fluxcd/source-controller", "config/crd/bases/"),
                    ("github.com/fluxcd/helm-controller", "config/crd/bases/"),
                ],
            },
        ],
    ),
    Group::new(
        "argocd",
        &[Product::Manifests {
            name: "argocd-crds.yaml",
            files: &[("github.com/argoproj/argo-cd/v3", "manifests/crds/application-crd.yaml")],
        }],
    ),
    Group::new("kustomize", &[program("kustomize", "sigs.k8s.io/kustomize/kustomize/v5")]),
    Group::long("minio", &[program("minio", "github.com/minio/minio")]),
];
