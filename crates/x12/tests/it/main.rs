//! What the library writes and reads, held against samples and a referee that nobody here wrote.

#[cfg(test)]
mod build;
#[cfg(test)]
mod endless;
#[cfg(test)]
mod guides;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod written;
