//! The pages of Wellkept: routes, one folder a noun, and the components and assets they are made of.

pub mod assets;
pub mod components;
