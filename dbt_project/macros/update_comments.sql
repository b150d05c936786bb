{#- At the end of a run: the tables that grow get the descriptions of their models as comments where
    they have others. All are looked at in one query. -#}
{% macro update_comments(results) %}
    {%- set nodes = [] -%}
    {%- for result in results if result.status == 'success' and result.node.config.materialized == 'incremental' -%}
        {%- do nodes.append(result.node) -%}
    {%- endfor -%}
    {%- if execute and nodes -%}
        {%- set known = stored_comments(nodes | map(attribute='schema') | unique | list) -%}
        {%- set statements = [] -%}
        {%- for node in nodes -%}{%- do statements.extend(_changed_comments(node, known)) -%}{%- endfor -%}
        {%- if statements -%}
            {%- call statement('update_comments') -%}{{ statements | join('\n') }}{%- endcall -%}
            {%- do adapter.commit() -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{#- The statements that write a model's changed descriptions. -#}
{% macro _changed_comments(node, known) %}
    {%- set table = node.schema ~ '.' ~ node.alias -%}
    {%- set relation = api.Relation.create(node.database, node.schema, node.alias, type='table') -%}
    {%- set wanted = node.config.persist_docs -%}
    {%- set statements, columns = [], {} -%}
    {%- if wanted.relation and table in known and (known[table] or '') != node.description -%}
        {%- do statements.append(alter_relation_comment(relation, node.description)) -%}
    {%- endif -%}
    {%- for name, column in node.columns.items() if wanted.columns and table ~ '.' ~ name in known -%}
        {%- if (known[table ~ '.' ~ name] or '') != column.description -%}{%- do columns.update({name: column}) -%}{%- endif -%}
    {%- endfor -%}
    {%- if columns -%}{%- do statements.append(alter_column_comment(relation, columns)) -%}{%- endif -%}
    {{- return(statements) -}}
{% endmacro %}
