{#- The comments of tables and columns in some schemas: by `schema.table` and by `schema.table.column`. -#}
{% macro stored_comments(schemas) -%}
    {%- set comments = {} -%}
    {%- for name, comment in run_query(adapter.dispatch('stored_comments', 'mlx')("('" ~ schemas | join("', '") ~ "')")) -%}
        {%- do comments.update({name: comment}) -%}
    {%- endfor -%}
    {{- return(comments) -}}
{%- endmacro %}


{% macro default__stored_comments(schemas) -%}
    select
        schemas.nspname || '.' || tables.relname || coalesce('.' || columns.attname, ''),
        comments.description
    from pg_description as comments
    inner join pg_class as tables on comments.objoid = tables.oid
    inner join pg_namespace as schemas on tables.relnamespace = schemas.oid
    left join pg_attribute as columns
        on comments.objoid = columns.attrelid and comments.objsubid = columns.attnum and comments.objsubid > 0
    where comments.classoid = cast('pg_class' as regclass) and schemas.nspname in {{ schemas }}
{%- endmacro %}


{% macro duckdb__stored_comments(schemas) -%}
    select schema_name || '.' || table_name || '.' || column_name, comment
    from duckdb_columns()
    where database_name = current_database() and schema_name in {{ schemas }}
    union all
    select schema_name || '.' || table_name, comment
    from duckdb_tables()
    where database_name = current_database() and schema_name in {{ schemas }}
{%- endmacro %}
