{#- At the end of a run: where a table that grows does not have the descriptions of its model as comments,
    it gets them. All tables are looked at in one query. -#}
{% macro update_comments(results) %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set models = {} -%}
    {%- for result in results if result.status == 'success' and result.node.config.materialized == 'incremental' -%}
        {%- do models.update({result.node.unique_id: result.node}) -%}
    {%- endfor -%}
    {%- set known = stored_comments(models.values() | map(attribute='schema') | unique | list) if models else {} -%}
    {%- set statements = [] -%}
    {%- for model in models.values() -%}
        {%- do statements.extend(_missing_comments(model, known)) -%}
    {%- endfor -%}
    {%- if statements -%}
        {%- call statement('update_comments') -%}{{ statements | join('\n') }}{%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
{% endmacro %}


{#- The statements that give a table the comments that it lacks. -#}
{% macro _missing_comments(model, known) %}
    {%- set table = model.schema ~ '.' ~ model.alias -%}
    {%- set relation = api.Relation.create(model.database, model.schema, model.alias, type='table') -%}
    {%- set statements, columns = [], {} -%}
    {%- set persisted = model.config.persist_docs -%}
    {%- if persisted.relation and known.get(table) != model.description -%}
        {%- do statements.append(alter_relation_comment(relation, model.description) ~ ';') -%}
    {%- endif -%}
    {%- for name, column in model.columns.items() if persisted.columns -%}
        {%- if known.get(table ~ '.' ~ name) != column.description -%}{%- do columns.update({name: column}) -%}{%- endif -%}
    {%- endfor -%}
    {%- if columns -%}{%- do statements.append(alter_column_comment(relation, columns)) -%}{%- endif -%}
    {{- return(statements) -}}
{% endmacro %}
