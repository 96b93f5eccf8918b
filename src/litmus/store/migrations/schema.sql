CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE runs (
	number INTEGER NOT NULL,
	id TEXT NOT NULL,
	name TEXT NOT NULL,
	status TEXT NOT NULL,
	parent TEXT,
	created TEXT NOT NULL,
	finished TEXT,
	seconds FLOAT,
	inputs JSON,
	code JSON,
	environment JSON,
	process JSON,
	summary JSON,
	PRIMARY KEY (number),
	UNIQUE (id)
);
CREATE INDEX ix_runs_status ON runs (status);
CREATE TABLE trials (
	number INTEGER NOT NULL,
	id TEXT NOT NULL,
	run TEXT NOT NULL,
	name TEXT,
	status TEXT,
	time TEXT NOT NULL,
	facts JSON,
	PRIMARY KEY (number),
	UNIQUE (id)
);
CREATE INDEX ix_trials_run ON trials (run);
CREATE TABLE models (
	number INTEGER NOT NULL,
	name TEXT NOT NULL,
	created TEXT NOT NULL,
	facts JSON,
	PRIMARY KEY (number),
	UNIQUE (name)
);
CREATE TABLE versions (
	number INTEGER NOT NULL,
	version TEXT NOT NULL,
	name TEXT NOT NULL,
	place INTEGER NOT NULL,
	run TEXT,
	created TEXT NOT NULL,
	approval TEXT NOT NULL,
	artifact TEXT,
	bytes BIGINT,
	metrics JSON,
	facts JSON,
	PRIMARY KEY (number),
	UNIQUE (version)
);
CREATE INDEX ix_versions_name ON versions (name);
CREATE INDEX ix_versions_run ON versions (run);
CREATE TABLE aliases (
	number INTEGER NOT NULL,
	name TEXT NOT NULL,
	alias TEXT NOT NULL,
	version TEXT NOT NULL,
	decision TEXT NOT NULL,
	changed TEXT NOT NULL,
	PRIMARY KEY (number),
	CONSTRAINT aliases_of_a_name UNIQUE (name, alias)
);
CREATE INDEX ix_aliases_version ON aliases (version);
CREATE TABLE decisions (
	number INTEGER NOT NULL,
	id TEXT NOT NULL,
	time TEXT NOT NULL,
	who TEXT NOT NULL,
	what TEXT NOT NULL,
	subject TEXT NOT NULL,
	reason TEXT NOT NULL,
	undone_by TEXT,
	"before" JSON,
	"after" JSON,
	facts JSON,
	PRIMARY KEY (number),
	UNIQUE (id)
);
CREATE INDEX ix_decisions_what ON decisions (what);
CREATE INDEX ix_decisions_subject ON decisions (subject);
CREATE TABLE artifacts (
	number INTEGER NOT NULL,
	hash TEXT NOT NULL,
	created TEXT NOT NULL,
	bytes BIGINT NOT NULL,
	PRIMARY KEY (number),
	UNIQUE (hash)
);
CREATE TABLE attachments (
	number INTEGER NOT NULL,
	subject TEXT NOT NULL,
	role TEXT NOT NULL,
	hash TEXT NOT NULL,
	created TEXT NOT NULL,
	PRIMARY KEY (number),
	CONSTRAINT attachments_of_a_subject UNIQUE (subject, role)
);
CREATE INDEX ix_attachments_hash ON attachments (hash);
CREATE TABLE endpoints (
	number INTEGER NOT NULL,
	name TEXT NOT NULL,
	changed TEXT NOT NULL,
	versions JSON,
	facts JSON,
	PRIMARY KEY (number),
	UNIQUE (name)
);
CREATE TABLE monitor_results (
	number INTEGER NOT NULL,
	id TEXT NOT NULL,
	endpoint TEXT NOT NULL,
	kind TEXT NOT NULL,
	time TEXT NOT NULL,
	start TEXT,
	"end" TEXT,
	verdict TEXT NOT NULL,
	sentence TEXT NOT NULL,
	version TEXT,
	result JSON,
	PRIMARY KEY (number),
	UNIQUE (id)
);
CREATE INDEX ix_monitor_results_endpoint ON monitor_results (endpoint);
CREATE TABLE alarms (
	number INTEGER NOT NULL,
	id TEXT NOT NULL,
	rule TEXT NOT NULL,
	subject TEXT NOT NULL,
	status TEXT NOT NULL,
	message TEXT NOT NULL,
	first TEXT NOT NULL,
	last TEXT NOT NULL,
	recovered TEXT,
	count INTEGER NOT NULL,
	facts JSON,
	PRIMARY KEY (number),
	UNIQUE (id)
);
CREATE INDEX ix_alarms_status ON alarms (status);
CREATE UNIQUE INDEX one_open_alarm ON alarms (rule, subject) WHERE status = 'open';
CREATE TABLE deliveries (
	number INTEGER NOT NULL,
	id TEXT NOT NULL,
	alarm TEXT,
	status TEXT NOT NULL,
	created TEXT NOT NULL,
	due TEXT NOT NULL,
	finished TEXT,
	error TEXT,
	attempts INTEGER NOT NULL,
	channel JSON,
	payload JSON,
	PRIMARY KEY (number),
	UNIQUE (id)
);
CREATE INDEX ix_deliveries_alarm ON deliveries (alarm);
CREATE INDEX ix_deliveries_status ON deliveries (status);
CREATE TABLE reviews (
	number INTEGER NOT NULL,
	id TEXT NOT NULL,
	endpoint TEXT NOT NULL,
	request TEXT NOT NULL,
	status TEXT NOT NULL,
	reason TEXT NOT NULL,
	created TEXT NOT NULL,
	answered TEXT,
	who TEXT,
	"row" JSON,
	prediction JSON,
	label JSON,
	facts JSON,
	PRIMARY KEY (number),
	CONSTRAINT reviews_of_a_request UNIQUE (endpoint, request),
	UNIQUE (id)
);
CREATE INDEX ix_reviews_endpoint ON reviews (endpoint);
CREATE INDEX ix_reviews_status ON reviews (status);
CREATE TABLE events (
	number INTEGER NOT NULL,
	id TEXT NOT NULL,
	time TEXT NOT NULL,
	kind TEXT NOT NULL,
	subject TEXT NOT NULL,
	message TEXT NOT NULL,
	facts JSON,
	PRIMARY KEY (number),
	UNIQUE (id)
);
CREATE INDEX ix_events_kind ON events (kind);
CREATE INDEX ix_events_subject ON events (subject);
INSERT INTO alembic_version VALUES ('0001');
