use async_trait::async_trait;

use crate::environments::{
    audit::{Act, Audit, Marked, TemplateMarker},
    marks::Mark,
    ports::StoreError,
};

use super::MemoryPlatform;

#[async_trait]
impl TemplateMarker for MemoryPlatform {
    async fn mark(&self, name: &str, mark: Mark, set: bool) -> Result<Option<Marked>, StoreError> {
        if !self.lock().reachable {
            return Err(StoreError::Unavailable("the platform is not reachable".into()));
        }
        Ok(self.change(|state| {
            let entry = state.templates.get_mut(name)?;
            let (before, marks) = (entry.marks, entry.marks.with(mark, set));
            entry.marks = marks;
            Some(Marked { marks, changed: before != marks })
        }))
    }
}

impl Audit for MemoryPlatform {
    fn record(&self, act: &Act) {
        self.change(|state| state.acts.push(act.clone()));
    }
}

impl MemoryPlatform {
    /// What people did, in the order in which they did it.
    #[must_use]
    pub fn acts(&self) -> Vec<Act> {
        self.lock().acts.clone()
    }
}
