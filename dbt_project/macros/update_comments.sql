{#- At the end of a run: the tables that grow get the descriptions of their models as comments where
    they have others. All are looked at in one query. -#}
{% macro update_comments(results) %}
    {%- set models = [] -%}
    {%- for result in results if result.status == 'success' and result.node.config.materialized == 'incremental' -%}
        {%- do models.append(result.node) -%}
    {%- endfor -%}
    {%- if execute and models -%}
        {%- set known = stored_comments(models | map(attribute='schema') | unique | list) -%}
        {%- set statements = [] -%}
        {%- for model in models -%}{%- do statements.extend(_changed_comments(model, known)) -%}{%- endfor -%}
        {%- if statements -%}
            {%- call statement('update_comments') -%}{{ statements | join('\n') }}{%- endcall -%}
            {%- do adapter.commit() -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{#- The statements that write a model's changed descriptions. -#}
{% macro _changed_comments(model, known) %}
    {%- set table = model.schema ~ '.' ~ model.alias -%}
    {%- set relation = api.Relation.create(model.database, model.schema, model.alias, type='table') -%}
    {%- set wanted = model.config.persist_docs -%}
    {%- set statements, columns = [], {} -%}
    {%- if wanted.relation and (known[table] or '') != model.description -%}
        {%- do statements.append(alter_relation_comment(relation, model.description) ~ ';') -%}
    {%- endif -%}
    {%- for name, column in model.columns.items() if wanted.columns and table ~ '.' ~ name in known -%}
        {%- if (known[table ~ '.' ~ name] or '') != column.description -%}{%- do columns.update({name: column}) -%}{%- endif -%}
    {%- endfor -%}
    {%- if columns -%}{%- do statements.append(alter_column_comment(relation, columns)) -%}{%- endif -%}
    {{- return(statements) -}}
{% endmacro %}
