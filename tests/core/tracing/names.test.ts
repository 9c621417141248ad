import * as conventions from '@opentelemetry/semantic-conventions';
import { expect, it } from 'vitest';
import { attributeNames } from '../../../core/tracing/names.ts';

it('an attribute has the name that OpenTelemetry’s semantic conventions give it, or a name of our own', () => {
  const { errorType, httpMethod, httpRoute, httpStatus, urlPath, urlScheme, protocolVersion } = attributeNames;
  expect({ errorType, httpMethod, httpRoute, httpStatus, urlPath, urlScheme, protocolVersion }).toEqual({
    errorType: conventions.ATTR_ERROR_TYPE,
    httpMethod: conventions.ATTR_HTTP_REQUEST_METHOD,
    httpRoute: conventions.ATTR_HTTP_ROUTE,
    httpStatus: conventions.ATTR_HTTP_RESPONSE_STATUS_CODE,
    urlPath: conventions.ATTR_URL_PATH,
    urlScheme: conventions.ATTR_URL_SCHEME,
    protocolVersion: conventions.ATTR_NETWORK_PROTOCOL_VERSION,
  });
  const { dbSystem, dbOperation, dbCollection, dbProcedure } = attributeNames;
  expect({ dbSystem, dbOperation, dbCollection, dbProcedure }).toEqual({
    dbSystem: conventions.ATTR_DB_SYSTEM_NAME,
    dbOperation: conventions.ATTR_DB_OPERATION_NAME,
    dbCollection: conventions.ATTR_DB_COLLECTION_NAME,
    dbProcedure: conventions.ATTR_DB_STORED_PROCEDURE_NAME,
  });
  const known = new Set<unknown>(Object.values(conventions));
  const ours = Object.values(attributeNames).filter((name) => !known.has(name));
  expect(ours.filter((name) => !name.startsWith('firstcome.'))).toEqual([]);
});
