-- In a transaction of their own, as with entries_start. Searches of the release before go without.
DROP INDEX entries_description;
DROP INDEX entries_description_start;
