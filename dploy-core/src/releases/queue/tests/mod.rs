mod crashes;
mod deploys;
mod failures;
mod stand;
