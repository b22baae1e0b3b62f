// Validate A11yJSON features with the schema definitions of the published package.
// Reads a FeatureCollection from standard input; writes one JSON list of errors. The first
// argument is the folder with node_modules.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(`${process.argv[2]}/check.js`));
const load = async (name) => import(pathToFileURL(require.resolve(name)));
const a11yjson = await load('@sozialhelden/a11yjson');
const schemaModule = await load('@sozialhelden/simpl-schema');
let SimpleSchema = schemaModule;
while (typeof SimpleSchema !== 'function') SimpleSchema = SimpleSchema.default;

const place = new SimpleSchema(a11yjson.getPlaceInfoSchemaDefinition());
const equipment = new SimpleSchema(a11yjson.getEquipmentInfoSchemaDefinition());
const kinds = new Set(a11yjson.EquipmentTypes);

const errors = [];
const collection = JSON.parse(readFileSync(0, 'utf8'));
collection.features.forEach((feature, number) => {
  const { type, ...info } = feature;
  const isEquipment = kinds.has(info.properties?.category) && 'placeInfoId' in info.properties;
  if (type !== 'Feature') errors.push({ number, name: 'type', error: 'notAFeature' });
  if (info.properties?.stateLastUpdate) {
    info.properties.stateLastUpdate = new Date(info.properties.stateLastUpdate);
  }
  const context = (isEquipment ? equipment : place).newContext();
  context.validate(info);
  for (const found of context.validationErrors()) {
    errors.push({ number, name: found.name, error: found.type, value: found.value });
  }
});
process.stdout.write(JSON.stringify(errors));
