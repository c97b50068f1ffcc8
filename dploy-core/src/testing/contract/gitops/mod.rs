//! The contract of [`GitOpsRepository`](crate::releases::ports::GitOpsRepository), clause by clause.

mod content;
mod list;
mod log;
mod removal;
mod world;

pub use world::{GitOpsWorld, RemoteCommit};

use crate::releases::ports::GitOpsError;

/// The contract of [`GitOpsRepository`](crate::releases::ports::GitOpsRepository), checked in `world`, whose remote must
/// have no commits.
///
/// # Errors
/// The repository did not answer where it has to.
pub async fn gitops_repository(world: &dyn GitOpsWorld) -> Result<(), GitOpsError> {
    log::an_empty_remote_gets_its_branch(world).await?;
    content::what_is_there_already_makes_no_commit(world).await?;
    content::the_folder_is_replaced_as_a_whole(world).await?;
    content::people_keep_what_they_committed(world).await?;
    content::a_file_in_the_way_is_told(world).await?;
    content::what_cannot_be_read_is_told(world).await?;
    list::an_application_is_named_by_one_line(world).await?;
    list::no_list_is_begun_beside_others(world).await?;
    list::a_list_that_cannot_be_edited_is_told(world).await?;
    log::a_batch_makes_one_commit_for_each_change(world).await?;
    log::a_batch_reaches_the_branch_whole_or_not(world).await?;
    log::a_refused_push_leaks_into_no_later_commit(world).await?;
    log::branches_are_apart(world).await?;
    removal::a_removal_takes_the_folder_and_its_line(world).await?;
    removal::the_last_one_leaves_an_empty_list(world).await?;
    removal::a_folder_without_a_list_goes_with_its_last_application(world).await?;
    removal::what_is_not_there_is_removed_already(world).await?;
    removal::a_removal_and_a_deployment_go_in_one_push(world).await?;
    log::a_fence_moves_the_branch_and_changes_no_file(world).await?;
    log::commits_are_found_by_their_deployments(world).await
}
