//! Archives of manifests, as small services have them.

use std::io;

use flate2::{Compression, write::GzEncoder};

use super::error::Error;
use crate::process;

/// The manifests of an application: path and text.
pub(super) fn manifests(app: &str) -> [(&'static str, String); 2] {
    let deployment = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {app}\nspec:\n  selector:\n    matchLabels:\n      \
         app: {app}\n  template:\n    metadata:\n      labels:\n        app: {app}\n    spec:\n      containers:\n      - name: \
         {app}\n        image: registry.example.org/{app}:1.0.0\n        ports:\n        - containerPort: 8080\n"
    );
    let service = format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {app}\nspec:\n  selector:\n    app: {app}\n  ports:\n  - port: \
         80\n    targetPort: 8080\n"
    );
    [("deployment.yaml", deployment), ("service.yaml", service)]
}

/// The same as an archive.
pub(super) fn packed(app: &str) -> Result<Vec<u8>, Error> {
    let pack = || -> io::Result<Vec<u8>> {
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, text) in manifests(app) {
            let mut header = tar::Header::new_ustar();
            header.set_mode(0o644);
            header.set_size(text.len() as u64);
            archive.append_data(&mut header, path, text.as_bytes())?;
        }
        archive.into_inner()?.finish()
    };
    Ok(pack().map_err(process::Error::file("an archive"))?)
}
