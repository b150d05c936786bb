{#- The comments of the tables in some schemas, by `schema.table`, and of their columns, by
    `schema.table.column`; null where there is none. -#}
{% macro stored_comments(schemas) -%}
    {%- set listed = "('" ~ schemas | join("', '") ~ "')" -%}
    {%- set query = adapter.dispatch('stored_comments', 'mlx')(listed) -%}
    {%- set comments = {} -%}
    {%- for name, comment in run_query(query) -%}{%- do comments.update({name: comment}) -%}{%- endfor -%}
    {{- return(comments) -}}
{%- endmacro %}


{% macro default__stored_comments(listed) -%}
    with

    tables as (
        select pg_class.oid, nspname || '.' || relname as name
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where pg_class.relkind = 'r' and pg_namespace.nspname in {{ listed }}
    )

    select name || '.' || attname, col_description(attrelid, attnum)
    from tables
    inner join pg_attribute on tables.oid = pg_attribute.attrelid
    where attnum > 0 and not attisdropped
    union all
    select name, obj_description(oid, 'pg_class')
    from tables
{%- endmacro %}


{% macro duckdb__stored_comments(listed) -%}
    select schema_name || '.' || table_name || '.' || column_name, comment
    from duckdb_columns()
    where database_name = current_database() and schema_name in {{ listed }}
    union all
    select schema_name || '.' || table_name, comment
    from duckdb_tables()
    where database_name = current_database() and schema_name in {{ listed }}
{%- endmacro %}
