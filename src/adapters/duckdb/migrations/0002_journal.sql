-- The number of the last commit's entry in the journal. Whoever opens a lake for writing next writes the journal of what
-- is there already.
CREATE TABLE journal (position BIGINT NOT NULL);
INSERT INTO journal VALUES (0);
