use serde_json::json;

use super::*;

#[test]
fn prints() {
    for crd in crds() {
        println!("{}", yaml_serde::to_string(&crd).unwrap());
    }
    let t: DployTemplate = serde_json::from_value(json!({"apiVersion":"x","kind":"y","metadata":{}})).unwrap();
    assert!(t.spec.enabled);
}
