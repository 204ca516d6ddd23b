import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf, detect, guessMapping } from '../src/import/formats.ts';

test('the columns of a file, whatever separates them', () => {
  assert.deepEqual(columnsOf('\uFEFFa,"b, ""c""",d\r\n1,2,3'), ['a', 'b, "c"', 'd']);
  assert.deepEqual(columnsOf('a;b;c'), ['a', 'b', 'c']);
  assert.deepEqual(columnsOf('a\tb\n'), ['a', 'b']);
  assert.deepEqual(columnsOf(''), ['']);
});

test('whose export it is', () => {
  const files = {
    toggl:
      'User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags,Amount ()',
    clockify:
      'Project,Client,Description,Task,User,Group,Email,Tags,Billable,Start Date,Start Time,End Date,End Time,Duration (h),Duration (decimal)',
    tempo: 'Issue Key,Issue summary,Hours,Work date,Username,Full name,Work Description',
    timetracker: 'start,end,duration,description,project,tags,billable,source,ref',
    generic: 'Begin,Finish,What',
  };
  for (const [format, line] of Object.entries(files)) {
    assert.equal(detect(columnsOf(line)), format);
  }
});

test('a first guess at the mapping', () => {
  assert.deepEqual(guessMapping(['Day', 'From', 'To', 'Comment', 'Project', 'Labels', 'Id']), {
    date: 'Day',
    start: 'From',
    end: 'To',
    description: 'Comment',
    project: 'Project',
    tags: 'Labels',
    ref: 'Id',
  });
});
