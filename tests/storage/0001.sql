-- A database as version 0001 left it: a finished generation, one that was cut off, one that never sent anything.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE api_keys (
	id VARCHAR NOT NULL, 
	mode VARCHAR NOT NULL, 
	prefix VARCHAR NOT NULL, 
	digest BLOB NOT NULL, 
	created BIGINT NOT NULL, 
	CONSTRAINT pk_api_keys PRIMARY KEY (id), 
	CONSTRAINT uq_api_keys_digest UNIQUE (digest)
);
INSERT INTO "api_keys" VALUES('key_a','test','sk-test-abcd',X'00FF',1799999999);
CREATE TABLE artifacts (
	id VARCHAR NOT NULL, 
	generation VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	"index" INTEGER NOT NULL, 
	media_type VARCHAR NOT NULL, 
	width INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	size BIGINT NOT NULL, 
	created BIGINT NOT NULL, 
	location VARCHAR NOT NULL, 
	test BOOLEAN NOT NULL, 
	expires BIGINT, 
	once BOOLEAN NOT NULL, 
	deployment VARCHAR, 
	digest VARCHAR, 
	opaque VARCHAR, 
	CONSTRAINT pk_artifacts PRIMARY KEY (id), 
	CONSTRAINT fk_artifacts_generation FOREIGN KEY(generation) REFERENCES generations (id)
);
INSERT INTO "artifacts" VALUES('img_done','gen_done','key_a',0,'image/png',1024,768,1234,1800000008,'do/img_done.png',1,1802592008,0,NULL,NULL,NULL);
CREATE TABLE attempts (
	id VARCHAR NOT NULL, 
	generation VARCHAR NOT NULL, 
	slot INTEGER NOT NULL, 
	deployment VARCHAR NOT NULL, 
	model VARCHAR NOT NULL, 
	created BIGINT NOT NULL, 
	ended VARCHAR, 
	CONSTRAINT pk_attempts PRIMARY KEY (id), 
	CONSTRAINT fk_attempts_generation FOREIGN KEY(generation) REFERENCES generations (id)
);
INSERT INTO "attempts" VALUES('att_done','gen_done',0,'openai','gpt-image-2',1800000001,'One picture came');
INSERT INTO "attempts" VALUES('att_left','gen_left',0,'openai','gpt-image-2',1800000101,NULL);
CREATE TABLE generations (
	id VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	test BOOLEAN NOT NULL, 
	model VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	created BIGINT NOT NULL, 
	request VARCHAR NOT NULL, 
	finished BIGINT, 
	provider VARCHAR, 
	error VARCHAR, 
	cost_nano BIGINT, 
	currency VARCHAR, 
	basis VARCHAR NOT NULL, 
	CONSTRAINT pk_generations PRIMARY KEY (id)
);
INSERT INTO "generations" VALUES('gen_done','key_a',1,'gpt-image-2','succeeded',1800000000,'gpt-image-2',1800000009,'openai',NULL,39000000,'USD','computed');
INSERT INTO "generations" VALUES('gen_left','key_a',0,'gpt-image-2','running',1800000100,'gpt-image-2',NULL,NULL,NULL,NULL,NULL,'unknown');
INSERT INTO "generations" VALUES('gen_idle','key_a',0,'gpt-image-2','running',1800000100,'gpt-image-2',NULL,NULL,NULL,NULL,NULL,'unknown');
CREATE INDEX ix_generations_key_created ON generations ("key", created);
CREATE INDEX ix_generations_finished ON generations (finished);
CREATE INDEX ix_attempts_generation ON attempts (generation);
CREATE INDEX ix_artifacts_generation ON artifacts (generation);
CREATE INDEX ix_artifacts_expires ON artifacts (expires);
CREATE INDEX ix_artifacts_location ON artifacts (location);
CREATE INDEX ix_artifacts_digest ON artifacts (digest);
COMMIT;
